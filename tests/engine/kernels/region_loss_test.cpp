// SPDX-License-Identifier: Apache-2.0
// The composite of dice and Lovasz-softmax. Compared with Python in loss_test.cpp.
#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/engine/support/loss_case.h"

namespace seg {
namespace {

testing::KernelCase small_case(LossKind kind, std::int64_t factor) {
  testing::KernelCase c =
      testing::random_loss({.images = 2, .classes = 3, .height = 3, .width = 5, .factor = factor}, at::kDouble);
  c.options = LossOptions{.kind = kind, .class_weights = {1, 2, 0.5}};
  c.composite = true;
  return c;
}

TEST(RegionLoss, TheGradientIsThatOfFiniteDifferences) {
  at::manual_seed(11);
  for (const LossKind kind : {LossKind::dice, LossKind::lovasz, LossKind::focal})
    for (const std::int64_t factor : {1, 3}) {
      testing::KernelCase c = small_case(kind, factor);
      const at::Tensor gradient = testing::run_kernels(c).saved.at(0).contiguous().flatten();
      const at::Tensor logits = c.inputs[0].contiguous();
      constexpr double kStep = 1e-6;
      for (const std::int64_t i : {0, 7, 20, 44, 89}) {
        const auto value_at = [&](double step) {
          at::Tensor moved = logits.clone().flatten();
          moved[i] += step;
          c.inputs[0] = moved.view(logits.sizes()).contiguous(at::MemoryFormat::ChannelsLast);
          return testing::run_kernels(c).output.item<double>();
        };
        EXPECT_NEAR(gradient[i].item<double>(), (value_at(kStep) - value_at(-kStep)) / (2 * kStep), 1e-8);
      }
    }
}

TEST(RegionLoss, IsZeroWhereAllIsRightAndOneWhereAllIsWrong) {
  for (const LossKind kind : {LossKind::dice, LossKind::lovasz}) {
    testing::KernelCase c{.op = Op::loss,
                          .options = LossOptions{.kind = kind},
                          .inputs = {at::zeros({1, 2, 64, 64}, at::kDouble), at::zeros({1, 64, 64}, at::kByte)},
                          .composite = true};
    c.context.full = c.context.compute = at::kDouble;
    c.inputs[1].narrow(1, 0, 32).fill_(1);
    c.inputs[0].select(1, 1).narrow(1, 0, 32).fill_(50);
    c.inputs[0].select(1, 0).narrow(1, 32, 32).fill_(50);
    EXPECT_NEAR(testing::run_kernels(c).output.item<double>(), 0, 1e-12);
    c.inputs[0].neg_();
    EXPECT_NEAR(testing::run_kernels(c).output.item<double>(), 1, 1e-3);
  }
}

}  // namespace
}  // namespace seg
