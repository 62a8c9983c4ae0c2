// SPDX-License-Identifier: Apache-2.0
#include "engine/kernel_tolerance.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

Node node(Op op, Options options) { return {.op = op, .name = "node", .options = std::move(options)}; }

TEST(KernelTolerance, BelongsToKernelResultAndNumbers) {
  const Shape map = {2, 16, 32, 32};
  const Node plain = node(Op::convolution, ConvolutionOptions{.out_channels = 32, .stride = 2}),
             marked = node(Op::convolution, ConvolutionOptions{.out_channels = 32, .winograd = true});
  const auto of = [&](const Node& n, ResultKind kind, at::ScalarType type) { return tolerance(n, kind, map, type); };
  for (const ResultKind kind : {ResultKind::output, ResultKind::map_gradient, ResultKind::parameter_gradient}) {
    EXPECT_LT(of(plain, kind, at::kFloat), of(plain, kind, at::kBFloat16));
    EXPECT_LT(of(plain, kind, at::kFloat), of(marked, kind, at::kFloat));
  }
  EXPECT_EQ(of(node(Op::batch_norm, BatchNormOptions{}), ResultKind::count, at::kFloat), 0);
  EXPECT_EQ(of(node(Op::join_phases, std::monostate{}), ResultKind::map_gradient, at::kBFloat16), 0);
}

TEST(KernelTolerance, InTrainingAllGradientsAreAmongTheResults) {
  const Node layer = node(Op::convolution, ConvolutionOptions{.out_channels = 8});
  EXPECT_EQ(trial_results(layer, false).size(), 1U);
  EXPECT_EQ(trial_results(layer, true).size(), 4U);
  EXPECT_EQ(trial_results(node(Op::batch_norm, BatchNormOptions{}), true).size(), 9U);
  EXPECT_EQ(trial_results(node(Op::loss, LossOptions{}), true).at(1).name, "logits gradient");
}

}  // namespace
}  // namespace seg
