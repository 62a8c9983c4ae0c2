// SPDX-License-Identifier: Apache-2.0
#include "evaluation/window_views.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "tests/evaluation/tiny_segmenter.h"

namespace seg {
namespace {

using testing::TinySegmenter;

class WindowViewsOfAnImage : public ::testing::Test {
 protected:
  WindowViews views(ViewOptions options = {}) {
    options.size_divisor = TinySegmenter::kDivisor;
    options.padding = {100, 150, 200};
    return WindowViews(segmenter_.network(), options);
  }
  // [h,w,K] of what the network says of one image alone.
  at::Tensor said_of(const at::Tensor& image) {
    return segmenter_.network()
        .forward({{"image", image.contiguous()}}, {.training = false})
        .front()
        .tensor.select(0, 0)
        .permute({1, 2, 0});
  }
  at::Tensor part(const PixelExtent& corner, const PixelExtent& window) const {
    return image_.narrow(1, corner.height, window.height).narrow(2, corner.width, window.width);
  }

  TinySegmenter segmenter_;
  const at::Tensor image_ = at::randint(0, 256, {1, 40, 56, 3}).to(at::kByte);
  const std::vector<PixelExtent> corners_ = {{0, 0}, {16, 0}, {16, 28}};
};

TEST_F(WindowViewsOfAnImage, AreWhatTheNetworkSaysOfEachAlone) {
  constexpr PixelExtent kWindow{24, 28};
  const std::vector<View> found = views().look(image_, corners_, kWindow);
  ASSERT_EQ(found.size(), corners_.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_TRUE(at::allclose(found[i].values, said_of(part(corners_[i], kWindow)), 1e-4, 1e-5)) << i;
    EXPECT_FALSE(found[i].mirrored.defined());
  }
}

TEST_F(WindowViewsOfAnImage, AreThoseOfTheirMirrorImagesTooIfAsked) {
  constexpr PixelExtent kWindow{24, 28};
  const std::vector<View> found = views({.flips = true}).look(image_, corners_, kWindow);
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_TRUE(at::allclose(found[i].values, said_of(part(corners_[i], kWindow)), 1e-4, 1e-5)) << i;
    EXPECT_TRUE(at::allclose(found[i].mirrored, said_of(part(corners_[i], kWindow).flip({2})), 1e-4, 1e-5)) << i;
  }
}

TEST_F(WindowViewsOfAnImage, ArePaddedBehindWhereTheNetworkCannotDivideThem) {
  const View found = views().look(image_, {{0, 0}}, {22, 27}).front();
  at::Tensor padded = at::tensor({100, 150, 200}).to(at::kByte).expand({1, 24, 28, 3}).clone();
  padded.narrow(1, 0, 22).narrow(2, 0, 27).copy_(part({0, 0}, {22, 27}));
  EXPECT_TRUE(at::allclose(found.values, said_of(padded), 1e-4, 1e-5));
}

TEST_F(WindowViewsOfAnImage, AreTheSameHoweverManyMemoryAllowsAtOnce) {
  constexpr PixelExtent kWindow{24, 28};
  const WindowViews unlimited = views({.flips = true});
  EXPECT_GT(unlimited.peak_bytes(kWindow, 3), unlimited.peak_bytes(kWindow, 1));
  const std::vector<View> all = views({.flips = true}).look(image_, corners_, kWindow);
  const std::vector<View> single =
      views({.flips = true, .memory_bytes = unlimited.peak_bytes(kWindow, 1)}).look(image_, corners_, kWindow);
  ASSERT_EQ(single.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_TRUE(at::allclose(single[i].values, all[i].values, 1e-4, 1e-5)) << i;
    EXPECT_TRUE(at::allclose(single[i].mirrored, all[i].mirrored, 1e-4, 1e-5)) << i;
  }
}

}  // namespace
}  // namespace seg
