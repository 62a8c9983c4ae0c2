// SPDX-License-Identifier: Apache-2.0
// Compared with Python, as all losses, in loss_cpu_test.cpp.
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/engine/support/loss_case.h"

namespace seg {
namespace {

constexpr LossKind kKinds[] = {LossKind::dice, LossKind::lovasz};

TEST(RegionLossCpu, TheNumberOfThreadsMovesNoBit) {
  for (const LossKind kind : kKinds) {
    testing::KernelCase c = testing::random_loss({.images = 3, .classes = 7, .height = 20, .width = 33, .factor = 4});
    c.options = LossOptions{.kind = kind};
    const int threads = at::get_num_threads();
    const testing::KernelResults expected = testing::run_kernels(c);
    for (const int n : {1, 3}) {
      at::set_num_threads(n);
      const testing::KernelResults ours = testing::run_kernels(c);
      EXPECT_TRUE(ours.output.equal(expected.output));
      EXPECT_TRUE(ours.saved[0].equal(expected.saved[0]));
    }
    at::set_num_threads(threads);
  }
}

TEST(RegionLossCpu, LogitsInBfloat16AreTakenAsTheyAre) {
  for (const LossKind kind : kKinds) {
    testing::KernelCase c = testing::random_loss({});
    c.options = LossOptions{.kind = kind};
    c.inputs[0] = c.inputs[0].to(at::kBFloat16);
    const testing::KernelResults ours = testing::run_kernels(c);
    c.inputs[0] = c.inputs[0].to(at::kFloat);
    const testing::KernelResults expected = testing::run_kernels(c);
    EXPECT_TRUE(ours.output.equal(expected.output));
    EXPECT_TRUE(ours.saved[0].equal(expected.saved[0].to(at::kBFloat16)));
    EXPECT_TRUE(ours.saved[0].is_contiguous(at::MemoryFormat::ChannelsLast));
  }
}

TEST(RegionLossCpu, ShareAndWeightScaleTheGradientOnly) {
  for (const LossKind kind : kKinds) {
    testing::KernelCase c = testing::random_loss({});
    c.options = LossOptions{.kind = kind};
    const testing::KernelResults plain = testing::run_kernels(c);
    c.options = LossOptions{.kind = kind, .weight = 0.5};
    c.context.loss_weight = 0.25;
    const testing::KernelResults scaled = testing::run_kernels(c);
    EXPECT_TRUE(scaled.output.equal(plain.output));
    EXPECT_LT(testing::relative_error(scaled.saved[0], plain.saved[0].mul(0.125)), 1e-6);
  }
}

// What is ignored may hold anything, and an ignored label may be a class's number.
TEST(RegionLossCpu, IgnoredPixelsAreNoneOfIt) {
  for (const LossKind kind : kKinds) {
    testing::KernelCase c = testing::random_loss({.images = 1, .classes = 4, .height = 8, .width = 8, .factor = 1});
    c.options = LossOptions{.kind = kind, .ignore_label = 2};
    c.inputs[1].fill_(1);
    c.inputs[1].narrow(1, 0, 4).fill_(2);
    c.inputs[1].narrow(1, 6, 2).fill_(0);
    const testing::KernelResults all = testing::run_kernels(c);
    EXPECT_EQ(all.saved[0].narrow(2, 0, 4).abs().max().item<double>(), 0.0);
    c.inputs[0] = c.inputs[0].narrow(2, 4, 4).contiguous(at::MemoryFormat::ChannelsLast);
    c.inputs[1] = c.inputs[1].narrow(1, 4, 4).contiguous();
    const testing::KernelResults valid = testing::run_kernels(c);
    EXPECT_LT(testing::relative_error(all.output, valid.output), 1e-6);
    EXPECT_LT(testing::relative_error(all.saved[0].narrow(2, 4, 4), valid.saved[0]), 1e-6);
  }
}

}  // namespace
}  // namespace seg
