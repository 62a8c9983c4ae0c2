// SPDX-License-Identifier: Apache-2.0
#include "engine/kernel_trial.h"

#include <gtest/gtest.h>

#include <utility>
#include <variant>

namespace seg {
namespace {

Node node(Op op, Options options, std::size_t num_inputs) {
  Node result{.op = op, .name = "node", .inputs = std::vector<ValueId>(num_inputs, 0), .options = std::move(options)};
  if (op == Op::convolution) result.inputs.back() = kNoValue;
  return result;
}

constexpr NumberType kFull = NumberType::full;

TEST(KernelTrial, KnowsWhichNodesHaveAKernelOfTheirOwn) {
  EXPECT_TRUE(has_own_kernel(node(Op::dropout, DropoutOptions{}, 1), {{2, 8, 4, 4}}));
  EXPECT_FALSE(has_own_kernel(node(Op::activation, ActivationOptions{}, 1), {{2, 8, 4, 4}}));
  const std::vector<Shape> inputs = {{2, 16, 64, 64}, {96, 1, 3, 3}, {}};
  EXPECT_TRUE(has_own_kernel(node(Op::convolution, ConvolutionOptions{.out_channels = 96, .groups = 16}, 3), inputs));
  EXPECT_FALSE(has_own_kernel(node(Op::convolution, ConvolutionOptions{.out_channels = 16, .groups = 16}, 3), inputs));
  EXPECT_FALSE(has_own_kernel(node(Op::convolution, ConvolutionOptions{.out_channels = 16}, 3), inputs));
}

TEST(KernelTrial, BothKernelsGiveTheSameUpToRounding) {
  struct Given {
    Node node;
    std::vector<Shape> inputs;
    std::vector<NumberType> types;
    Shape output;
    std::size_t results;
  };
  const std::vector<Given> all = {
      {node(Op::loss, LossOptions{.upsample = {.factor = 4}}, 2),
       {{2, 5, 8, 8}, {2, 32, 32}},
       {kFull, NumberType::byte},
       {},
       2},
      {node(Op::convolution, ConvolutionOptions{.out_channels = 24, .groups = 4}, 3),
       {{2, 4, 8, 8}, {24, 1, 3, 3}, {}},
       {kFull, kFull, kFull},
       {2, 24, 8, 8},
       2},
      {node(Op::dropout, DropoutOptions{}, 1), {{2, 4, 8, 8}}, {kFull}, {2, 4, 8, 8}, 2},
      {node(Op::join_phases, std::monostate{}, 1), {{2, 16, 5, 7}}, {kFull}, {2, 4, 8, 12}, 2}};
  for (const Given& given : all) {
    const KernelTrial trial(given.node, given.inputs, given.types, given.output, at::kFloat);
    EXPECT_LT(trial.error(), 1e-5);
    EXPECT_LE(trial.error(), trial.tolerance());
    EXPECT_EQ(trial.run(true).size(), given.results);
  }
}

TEST(KernelTrial, Bfloat16MayDifferMore) {
  const std::vector<Shape> inputs = {{2, 4, 8, 8}, {24, 1, 3, 3}, {}};
  const Node depthwise = node(Op::convolution, ConvolutionOptions{.out_channels = 24, .groups = 4}, 3);
  const auto tolerance = [&](NumberType type) {
    const KernelTrial trial(depthwise, inputs, {type, type, kFull}, {2, 24, 8, 8}, at::kBFloat16);
    EXPECT_LT(trial.error(), trial.tolerance());
    return trial.tolerance();
  };
  EXPECT_GT(tolerance(NumberType::compute), tolerance(kFull));
}

}  // namespace
}  // namespace seg
