// SPDX-License-Identifier: Apache-2.0
// What the walks give is compared with Python in loss_cpu_test.cpp.
#include "engine/kernels/loss_strips.h"

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/engine/support/loss_case.h"

namespace seg::kernels {
namespace {

struct Subject {
  explicit Subject(const seg::testing::LossSize& size)
      : given(seg::testing::random_loss(size)), node(seg::testing::node_of(given)) {}
  LossStrips strips() const { return LossStrips({node, given.inputs, {}, {}, false, given.context}); }
  seg::testing::KernelCase given;
  Node node;
};

TEST(LossStrips, EveryPixelIsInOneTile) {
  const Subject subject({.images = 2, .classes = 3, .height = 5, .width = 19, .factor = 3});
  LossStrips strips = subject.strips();
  const LossStatistics total = strips.forward({.threshold = -0.5F});
  EXPECT_EQ(total.valid, subject.given.inputs[1].ne(255).sum().item<std::int64_t>());
  std::vector<int> seen(strips.losses().size());
  strips.for_each_tile([&](const LossTile& tile, std::int64_t pixel) {
    EXPECT_EQ(tile.losses, strips.losses().data() + pixel);
    EXPECT_LE(tile.num_rows, strips.most_rows());
    EXPECT_LE(tile.num_slots, strips.most_slots());
    for (std::int64_t row = 0; row < tile.num_rows; ++row)
      for (std::int64_t i = 0; i < tile.num_slots * kLossCells; ++i)
        ++seen[static_cast<std::size_t>(pixel + row * tile.pixel_stride + i)];
  });
  EXPECT_TRUE(std::ranges::all_of(seen, [](int count) { return count == 1; }));
}

TEST(LossStrips, NumbersOfPixelsLieAsTheirLabels) {
  const Subject subject({.images = 2, .classes = 3, .height = 5, .width = 19, .factor = 3});
  LossStrips strips = subject.strips();
  (void)strips.forward({.threshold = -0.5F});
  const at::Tensor numbers = strips.arranged(subject.given.inputs[1].add(1));
  const auto count = static_cast<std::size_t>(strips.num_rows() * strips.row_pixels());
  ASSERT_EQ(static_cast<std::size_t>(numbers.numel()), count);
  const auto* const given = numbers.const_data_ptr<float>();
  for (std::size_t i = 0; i < count; ++i)
    if (strips.losses()[i] >= 0) {
      EXPECT_EQ(given[i], static_cast<float>(strips.labels()[i]) + 1);
    }
}

}  // namespace
}  // namespace seg::kernels
