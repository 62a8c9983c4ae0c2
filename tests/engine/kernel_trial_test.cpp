// SPDX-License-Identifier: Apache-2.0
#include "engine/kernel_trial.h"

#include <ATen/ops/argmax.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>
#include <variant>

namespace seg {
namespace {

using Names = std::set<std::string>;

struct Given {
  Node node;
  NodeShapes shapes;
};

Given given(Op op, Options options, std::vector<Shape> inputs, std::vector<NumberType> types, Shape output) {
  Given result{{.op = op, .name = "node", .options = std::move(options)},
               {.inputs = std::move(inputs), .types = std::move(types), .output = std::move(output)}};
  result.node.inputs.assign(result.shapes.inputs.size(), 0);
  if (op == Op::convolution && result.shapes.inputs.back().empty()) result.node.inputs.back() = kNoValue;
  return result;
}

constexpr NumberType kFull = NumberType::full, kCompute = NumberType::compute;

Given convolution(const ConvolutionOptions& o, const Shape& x) {
  const Shape bias = o.bias ? Shape{o.out_channels} : Shape{};
  return given(Op::convolution, o, {x, {o.out_channels, x[1] / o.groups, o.kernel, o.kernel}, bias},
               {kCompute, kCompute, kFull},
               {x[0], o.out_channels, (x[2] + o.stride - 1) / o.stride, (x[3] + o.stride - 1) / o.stride});
}

Given batch_norm(const BatchNormOptions& o, const Shape& x) {
  const Shape channels = {x[1]};
  return given(Op::batch_norm, o, {x, channels, channels, channels, channels, {}},
               {kCompute, kFull, kFull, kFull, kFull, NumberType::index}, x);
}

Given loss(const LossOptions& o) {
  return given(Op::loss, o, {{2, 5, 8, 8}, {2, 32, 32}}, {kFull, NumberType::byte}, {});
}

Names names_of(const std::vector<ResultError>& errors) {
  Names names;
  for (const ResultError& each : errors) names.insert(each.result);
  return names;
}

// Compared: exactly these; and none differs.
void expect_agreement_on(const Given& g, const TrialConditions& conditions, const Names& names) {
  const std::vector<ResultError> errors = KernelTrial(g.node, g.shapes, conditions).errors();
  EXPECT_EQ(disagreement(errors), "") << name_of(g.node.op);
  EXPECT_EQ(names_of(errors), names);
}

const Names kOfConvolution = {"output", "input gradient", "weight gradient"};
const Names kOfBatchNorm = {"output",         "mean",         "inverse deviation", "input gradient",   "scale gradient",
                            "shift gradient", "running mean", "running variance",  "number of batches"};

TEST(KernelTrial, ComparesAllThatAKernelGives) {
  for (const at::ScalarType compute : {at::kFloat, at::kBFloat16}) {
    const TrialConditions step{.compute = compute};
    expect_agreement_on(convolution({.out_channels = 24, .groups = 4}, {2, 4, 8, 8}), step, kOfConvolution);
    expect_agreement_on(convolution({.out_channels = 24, .stride = 2, .groups = 4}, {2, 4, 8, 8}), step,
                        kOfConvolution);
    expect_agreement_on(convolution({.out_channels = 32, .winograd = true}, {2, 16, 32, 32}), step, kOfConvolution);
    expect_agreement_on(convolution({.out_channels = 32, .stride = 2}, {2, 3, 64, 64}), step, kOfConvolution);
    for (const bool relu : {false, true})
      expect_agreement_on(batch_norm({.relu = relu}, {2, 16, 32, 32}), step, kOfBatchNorm);
    expect_agreement_on(given(Op::dropout, DropoutOptions{}, {{2, 4, 8, 8}}, {kCompute}, {2, 4, 8, 8}), step,
                        {"output", "input gradient"});
    expect_agreement_on(given(Op::join_phases, std::monostate{}, {{2, 16, 5, 7}}, {kCompute}, {2, 4, 8, 12}), step,
                        {"output", "input gradient"});
    expect_agreement_on(given(Op::max_pool, PoolOptions{}, {{2, 4, 9, 8}}, {kCompute}, {2, 4, 5, 4}), step,
                        {"output", "places", "input gradient"});
    expect_agreement_on(
        given(Op::normalize, NormalizeOptions{.mean = {0.4, 0.5, 0.6}, .deviation = {0.2, 0.3, 0.4}, .to = kCompute},
              {{2, 8, 8, 3}}, {NumberType::byte}, {2, 3, 8, 8}),
        step, {"output"});
    for (const PointPadding padding : {PointPadding::zeros, PointPadding::border})
      expect_agreement_on(given(Op::point_sample, PointSampleOptions{padding}, {{2, 19, 8, 8}, {2, 50, 2}},
                                {kCompute, kFull}, {2, 19, 1, 50}),
                          step, {"output", "input gradient"});
    expect_agreement_on(given(Op::choose_points, ChoosePointsOptions{.candidates = 90, .uncertain = 20, .uniform = 9},
                              {{2, 19, 8, 8}, {2, 5, 2}}, {kFull, kFull}, {2, 34, 2}),
                        step, {"output"});
    expect_agreement_on(
        given(Op::boundary_weight, BoundaryWeightOptions{.weight = 2}, {{2, 8, 8}}, {NumberType::byte}, {2, 8, 8}),
        {.compute = compute}, {"output"});
    for (const LossKind kind :
         {LossKind::ohem, LossKind::cross_entropy, LossKind::focal, LossKind::dice, LossKind::lovasz})
      expect_agreement_on(loss({.kind = kind, .upsample = {.factor = 4}}), step, {"value", "logits gradient"});
  }
}

TEST(KernelTrial, WhereOnlyTheResultCountsItIsAllThereIs) {
  for (const at::ScalarType compute : {at::kFloat, at::kBFloat16}) {
    const TrialConditions evaluation{.compute = compute, .training = false};
    for (const bool relu : {false, true}) {
      const ConvolutionOptions folded{.out_channels = 32, .bias = true, .relu = relu};
      ConvolutionOptions marked = folded, wide = folded;
      marked.winograd = true;
      wide.groups = 16;
      for (const ConvolutionOptions& o : {folded, marked, wide}) {
        const Given g = convolution(o, {2, 16, 32, 32});
        EXPECT_TRUE(has_own_kernel(g.node, g.shapes, evaluation));
        expect_agreement_on(g, evaluation, {"output"});
      }
      expect_agreement_on(batch_norm({.inference = true, .relu = relu}, {2, 16, 32, 32}), evaluation, {"output"});
    }
    expect_agreement_on(given(Op::choose_cells, ChooseCellsOptions{}, {{2, 19, 32, 32}}, {kFull}, {2, 100, 2}),
                        evaluation, {"output"});
  }
}

// Of fp32 the sums agree to some digits: tolerances would show a kernel that adds up one pixel in ten thousand wrongly.
TEST(KernelTrial, TolerancesAreRoundingsSize) {
  const auto tolerances = [](const Given& g, at::ScalarType compute) {
    std::vector<double> all;
    for (const ResultError& each : KernelTrial(g.node, g.shapes, {.compute = compute}).errors())
      all.push_back(each.tolerance);
    return all;
  };
  for (const Given& g :
       {convolution({.out_channels = 24, .groups = 4}, {2, 4, 8, 8}),
        convolution({.out_channels = 32, .winograd = true}, {2, 16, 32, 32}),
        convolution({.out_channels = 32, .stride = 2}, {2, 3, 64, 64}), batch_norm({.relu = true}, {2, 16, 32, 32})}) {
    EXPECT_LE(std::ranges::max(tolerances(g, at::kFloat)), 1e-4);
    EXPECT_LE(std::ranges::max(tolerances(g, at::kBFloat16)), 2e-2);
  }
}

TEST(KernelTrial, ItsOperandsAreTheSameEveryTime) {
  const Given g = convolution({.out_channels = 32, .winograd = true}, {2, 16, 32, 32});
  const Tensors first = KernelTrial(g.node, g.shapes, {}).run(true),
                again = KernelTrial(g.node, g.shapes, {}).run(true);
  ASSERT_EQ(first.size(), 4U);  // a bias that is not there has no gradient
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(first[i].equal(again[i])) << i;
}

TEST(KernelTrial, TellsWhatDiffersAndByHowMuch) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<ResultError> good = {{"output", 1e-6, 1e-5}, {"count", 0, 0}};
  EXPECT_EQ(disagreement(good), "");
  EXPECT_EQ(largest_error(good), 1e-6);
  const std::vector<ResultError> bad = {{"output", 1e-6, 1e-5}, {"weight gradient", 0.25, 1e-5}, {"mean", nan, 1}};
  EXPECT_NE(disagreement(bad).find("weight gradient by 0.25"), std::string::npos);
  EXPECT_NE(disagreement(bad).find("mean by nan"), std::string::npos);
  EXPECT_EQ(disagreement(bad).find("output"), std::string::npos);
  EXPECT_TRUE(largest_error(bad) != largest_error(bad));
}

TEST(KernelTrial, KnowsWhichNodesHaveAKernelOfTheirOwn) {
  const auto is_own = [](const Given& g, bool training = true) {
    return has_own_kernel(g.node, g.shapes, {.training = training});
  };
  EXPECT_TRUE(is_own(given(Op::dropout, DropoutOptions{}, {{2, 8, 4, 4}}, {kFull}, {2, 8, 4, 4})));
  EXPECT_FALSE(is_own(given(Op::activation, ActivationOptions{}, {{2, 8, 4, 4}}, {kFull}, {2, 8, 4, 4})));
  EXPECT_TRUE(is_own(convolution({.out_channels = 96, .groups = 16}, {2, 16, 64, 64})));
  EXPECT_FALSE(is_own(convolution({.out_channels = 16, .groups = 16}, {2, 16, 64, 64})));
  EXPECT_FALSE(is_own(convolution({.out_channels = 16}, {2, 16, 64, 64})));
  EXPECT_TRUE(is_own(convolution({.out_channels = 16}, {2, 16, 64, 64}), false));
  EXPECT_TRUE(is_own(convolution({.out_channels = 16, .stride = 2}, {2, 16, 64, 64})));  // the weight's gradient
  EXPECT_TRUE(is_own(batch_norm({}, {2, 16, 8, 8})));
  EXPECT_FALSE(is_own(batch_norm({}, {2, 16, 2, 2})));
  EXPECT_TRUE(is_own(loss({.kind = LossKind::cross_entropy})));
  EXPECT_FALSE(is_own(loss({.kind = LossKind::distance})));
}

TEST(ClassMapTrial, ComparesClassesAndRunsBoth) {
  const Output output{.name = "logits", .upsample = {.factor = 8}};
  const ClassMapTrial trial({2, 19, 8, 16}, output, 64, 128);
  EXPECT_EQ(disagreement(trial.errors()), "");
  EXPECT_EQ(names_of(trial.errors()), Names{"classes"});
  for (const bool own : {false, true}) {
    EXPECT_EQ(trial.run(own)[0].sizes(), at::IntArrayRef({2, 64, 128}));
    EXPECT_EQ(trial.run(own)[0].scalar_type(), at::kByte);
  }
}

}  // namespace
}  // namespace seg
