// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "tests/engine/support/kernel_case.h"

namespace seg {
namespace {

using testing::KernelCase;
using testing::KernelResults;

// Few different values, so that windows have several largest ones.
at::Tensor map_of(at::IntArrayRef shape, at::ScalarType type) {
  return at::randint(-3, 4, shape).to(type).contiguous(at::MemoryFormat::ChannelsLast);
}

KernelResults composite_of(KernelCase c, const at::Tensor& dy) {
  c.composite = true;
  return testing::run_kernels(c, dy);
}

KernelCase pooling(const PoolOptions& o, const at::Tensor& x) {
  const auto windows = [&](std::int64_t extent) { return (extent + 2 * o.padding - o.kernel) / o.stride + 1; };
  return {.op = Op::max_pool,
          .options = o,
          .inputs = {x},
          .output_shape = {x.size(0), x.size(1), windows(x.size(2)), windows(x.size(3))}};
}

// Sums of a few small whole numbers are exact in every type.
void expect_the_composites_bits(const KernelCase& c) {
  const at::Tensor dy = map_of(c.output_shape, c.inputs[0].scalar_type());
  const KernelResults ours = testing::run_kernels(c, dy), composite = composite_of(c, dy);
  EXPECT_TRUE(ours.output.equal(composite.output));
  ASSERT_EQ(ours.saved.size(), 1);
  EXPECT_EQ(ours.saved[0].scalar_type(), at::kByte);
  EXPECT_TRUE(ours.saved[0].equal(composite.saved.at(0)));
  EXPECT_TRUE(ours.gradients.at(0).equal(composite.gradients.at(0)));
  EXPECT_TRUE(ours.output.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(ours.gradients[0].is_contiguous(at::MemoryFormat::ChannelsLast));
}

constexpr std::array kWindows = {
    PoolOptions{.kernel = 3, .stride = 2, .padding = 1}, PoolOptions{.kernel = 2, .stride = 2, .padding = 0},
    PoolOptions{.kernel = 3, .stride = 1, .padding = 1}, PoolOptions{.kernel = 2, .stride = 3, .padding = 1},
    PoolOptions{.kernel = 5, .stride = 2, .padding = 2}, PoolOptions{.kernel = 1, .stride = 2, .padding = 0}};

TEST(MaxPoolCpu, HasTheCompositesResults) {
  for (const auto type : {at::kFloat, at::kBFloat16, at::kDouble})
    for (const PoolOptions& window : kWindows)
      for (const auto& [channels, height, width] : {std::array{64, 8, 16}, {3, 7, 5}, {33, 9, 4}})
        expect_the_composites_bits(pooling(window, map_of({2, channels, height, width}, type)));
}

TEST(MaxPoolCpu, ThePlaceIsCountedByRowsInTheWindow) {
  const at::Tensor x = at::zeros({1, 1, 4, 4});
  x[0][0][1][2] = 1;  // in row 2 and column 1 of the upper right window, which begins at (-1, 1)
  const KernelCase c = pooling(kWindows[0], x);
  EXPECT_EQ(testing::run_kernels(c).saved.at(0)[0][0][0][1].item<int>(), 2 * 3 + 1);
  EXPECT_EQ(composite_of(c, {}).saved.at(0)[0][0][0][1].item<int>(), 2 * 3 + 1);
}

TEST(MaxPoolCpu, WhatIsNoNumberIsLargerThanAllAndInfinityMayBeTheLargest) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), lowest = -std::numeric_limits<float>::infinity();
  at::Tensor x = at::full({1, 17, 6, 6}, lowest).contiguous(at::MemoryFormat::ChannelsLast);
  x[0][3][2][2] = nan;
  x[0][3][2][3] = 5;
  const KernelCase c = pooling(kWindows[0], x);
  const at::Tensor dy = at::ones({1, 17, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast);
  const KernelResults ours = testing::run_kernels(c, dy), composite = composite_of(c, dy);
  EXPECT_TRUE(at::equal(ours.output.isnan(), composite.output.isnan()));
  EXPECT_TRUE(ours.output[0][3][1][1].isnan().item<bool>());
  EXPECT_TRUE(ours.gradients.at(0).equal(composite.gradients.at(0)));
}

TEST(MaxPoolCpu, HasTheSameBitsOnAnyNumberOfThreads) {
  const KernelCase c = pooling(kWindows[0], map_of({3, 16, 33, 20}, at::kBFloat16));
  const at::Tensor dy = map_of({3, 16, 17, 10}, at::kBFloat16);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const KernelResults alone = testing::run_kernels(c, dy);
  at::set_num_threads(3);
  const KernelResults together = testing::run_kernels(c, dy);
  at::set_num_threads(before);
  EXPECT_TRUE(alone.output.equal(together.output));
  EXPECT_TRUE(alone.gradients.at(0).equal(together.gradients.at(0)));
}

}  // namespace
}  // namespace seg
