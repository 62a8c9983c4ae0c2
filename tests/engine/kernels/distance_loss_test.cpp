// SPDX-License-Identifier: Apache-2.0
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

testing::KernelCase case_of(const testing::Oracle& oracle, const std::string& name, at::ScalarType type) {
  const LossOptions options{.kind = LossKind::distance,
                            .distance_limit = oracle.at(name + "/limit").item<double>(),
                            .upsample = {.mode = Interpolation::bilinear}};
  const at::Tensor map = oracle.at(name + "/map").to(type).contiguous(at::MemoryFormat::ChannelsLast);
  testing::KernelCase c{
      .op = Op::loss, .options = options, .inputs = {map, oracle.at(name + "/labels"), oracle.at(name + "/distances")}};
  c.context.full = c.context.compute = type;
  return c;
}

TEST(DistanceLoss, ValueAndGradientEqualPython) {
  SEG_NEEDS_PYTHON();
  const testing::Oracle& oracle = testing::Oracle::get("distance_losses");
  for (const std::string name : {"by_8", "far_off", "as_it_is", "ignored"})
    for (const bool is_double : {true, false}) {
      SCOPED_TRACE(name + (is_double ? " fp64" : " fp32"));
      const double tolerance = is_double ? 1e-12 : 1e-5;
      const testing::KernelResults results =
          testing::run_kernels(case_of(oracle, name, is_double ? at::kDouble : at::kFloat));
      EXPECT_EQ(results.output.dim(), 0);
      EXPECT_LT(testing::relative_error(results.output, oracle.at(name + "/value")), tolerance);
      EXPECT_LT(testing::relative_error(results.saved.at(0), oracle.at(name + "/gradient")), tolerance);
    }
}

TEST(DistanceLoss, IsNothingWithoutAValidPixelWhateverTheMapHolds) {
  testing::KernelCase c{.op = Op::loss,
                        .options = LossOptions{.kind = LossKind::distance},
                        .inputs = {at::full({2, 1, 3, 4}, std::numeric_limits<double>::quiet_NaN(), at::kFloat),
                                   at::full({2, 3, 4}, 255, at::kByte), at::zeros({2, 3, 4}, at::kByte)}};
  const testing::KernelResults results = testing::run_kernels(c);
  EXPECT_EQ(results.output.item<double>(), 0.0);
  EXPECT_EQ(results.saved.at(0).abs().max().item<double>(), 0.0);
}

TEST(DistanceLoss, TheShareAndTheWeightScaleTheGradientOnly) {
  testing::KernelCase c{.op = Op::loss,
                        .options = LossOptions{.kind = LossKind::distance, .distance_limit = 8},
                        .inputs = {at::randn({2, 1, 6, 5}), at::randint(0, 4, {2, 6, 5}, at::TensorOptions(at::kByte)),
                                   at::randint(0, 256, {2, 6, 5}, at::TensorOptions(at::kByte))}};
  const testing::KernelResults plain = testing::run_kernels(c);
  std::get<LossOptions>(c.options).weight = 0.5;
  c.context.loss_weight = 0.25;
  const testing::KernelResults scaled = testing::run_kernels(c);
  EXPECT_TRUE(scaled.output.equal(plain.output));
  EXPECT_LT(testing::relative_error(scaled.saved[0], plain.saved[0].mul(0.125)), 1e-6);
}

}  // namespace
}  // namespace seg
