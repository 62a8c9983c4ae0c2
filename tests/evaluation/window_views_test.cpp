// SPDX-License-Identifier: Apache-2.0
#include "evaluation/window_views.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/evaluation/tiny_segmenter.h"

namespace seg {
namespace {

using testing::TinySegmenter;

class WindowViewsOfAnImage : public ::testing::Test {
 protected:
  static ViewOptions tiny(ViewOptions options) {
    options.size_divisor = TinySegmenter::kDivisor;
    options.padding = {100, 150, 200};
    return options;
  }
  WindowViews views(ViewOptions options = {}) { return {segmenter_.network(), tiny(std::move(options))}; }
  // [h,w,K] of what the network says of one image alone.
  at::Tensor said_of(const at::Tensor& image) {
    return segmenter_.network()
        .forward({{"image", image.contiguous()}}, {.training = false})
        .front()
        .tensor.select(0, 0)
        .permute({1, 2, 0});
  }
  at::Tensor part(const Span& row, const Span& column) const {
    return image_.narrow(1, row.begin, row.length).narrow(2, column.begin, column.length);
  }
  // Of the grid's window of that number.
  at::Tensor part(std::size_t i) const { return part(rows_[i / columns_.size()], columns_[i % columns_.size()]); }

  TinySegmenter segmenter_;
  const at::Tensor image_ = at::randint(0, 256, {1, 40, 56, 3}).to(at::kByte);
  const std::vector<Span> rows_ = {{0, 24}, {16, 24}}, columns_ = {{0, 28}, {28, 28}};
};

TEST_F(WindowViewsOfAnImage, AreWhatTheNetworkSaysOfEachAlone) {
  const std::vector<View> found = views().look(image_, rows_, columns_);
  ASSERT_EQ(found.size(), rows_.size() * columns_.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_TRUE(at::allclose(found[i].values, said_of(part(i)), 1e-4, 1e-5)) << i;
    EXPECT_FALSE(found[i].mirrored.defined());
  }
}

TEST_F(WindowViewsOfAnImage, AreThoseOfTheirMirrorImagesTooIfAsked) {
  const std::vector<View> found = views({.flips = true}).look(image_, rows_, columns_);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_TRUE(at::allclose(found[i].values, said_of(part(i)), 1e-4, 1e-5)) << i;
    EXPECT_TRUE(at::allclose(found[i].mirrored, said_of(part(i).flip({2})), 1e-4, 1e-5)) << i;
  }
}

TEST_F(WindowViewsOfAnImage, ArePaddedBehindWhereTheNetworkCannotDivideThem) {
  const View found = views().look(image_, {{0, 22}}, {{0, 27}}).front();
  at::Tensor padded = at::tensor({100, 150, 200}).to(at::kByte).expand({1, 24, 28, 3}).clone();
  padded.narrow(1, 0, 22).narrow(2, 0, 27).copy_(part(Span{0, 22}, Span{0, 27}));
  EXPECT_TRUE(at::allclose(found.values, said_of(padded), 1e-4, 1e-5));
}

TEST_F(WindowViewsOfAnImage, AreTheSameHoweverManyMemoryAllowsAtOnce) {
  constexpr PixelExtent kWindow{24, 28};
  const LookingNetwork network = views().looking();
  const std::vector<View> all = views({.flips = true}).look(image_, rows_, columns_);
  const std::vector<View> single =
      views({.flips = true, .memory_bytes = windows_memory(network, tiny({.flips = true}), kWindow, 1)})
          .look(image_, rows_, columns_);
  ASSERT_EQ(single.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_TRUE(at::allclose(single[i].values, all[i].values, 1e-4, 1e-5)) << i;
    EXPECT_TRUE(at::allclose(single[i].mirrored, all[i].mirrored, 1e-4, 1e-5)) << i;
  }
}

}  // namespace
}  // namespace seg
