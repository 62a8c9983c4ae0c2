// SPDX-License-Identifier: Apache-2.0
#include <ATen/core/Tensor.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::KernelCase;
using testing::Oracle;
using testing::relative_error;

KernelCase random_case(at::IntArrayRef shape, at::ScalarType type = at::kDouble) {
  const auto options = at::TensorOptions(type);
  const std::int64_t channels = shape[1];
  KernelCase c{.op = Op::batch_norm, .options = BatchNormOptions{}, .inputs = {}};
  c.inputs = {at::randn(shape, options).contiguous(at::MemoryFormat::ChannelsLast),
              at::randn({channels}, options),
              at::randn({channels}, options),
              at::randn({channels}, options),
              at::rand({channels}, options).add(0.5),
              at::zeros({}, at::TensorOptions(at::kLong))};
  c.context.full = c.context.compute = type;
  return c;
}

TEST(BatchNorm, OutputAndGradientsEqualPythonAutograd) {
  SEG_NEEDS_PYTHON();
  testing::expect_equal_to_python("batch_norm/train", Op::batch_norm, BatchNormOptions{});
  testing::expect_equal_to_python("batch_norm/one_by_one", Op::batch_norm, BatchNormOptions{});
  testing::expect_equal_to_python("batch_norm/inference", Op::batch_norm, BatchNormOptions{.inference = true});
}

TEST(BatchNorm, RunningStatisticsEqualPythonAndBatchesAreCounted) {
  SEG_NEEDS_PYTHON();
  const Oracle& oracle = Oracle::get("ops");
  for (const std::string name : {"batch_norm/train", "batch_norm/one_by_one", "batch_norm/inference"}) {
    KernelCase c{
        .op = Op::batch_norm, .options = BatchNormOptions{.inference = name == "batch_norm/inference"}, .inputs = {}};
    for (int i = 0; i < 6; ++i) c.inputs.push_back(oracle.at(name + "/in" + std::to_string(i)).clone());
    c.context.full = c.context.compute = at::kDouble;
    testing::run_kernels(c);
    EXPECT_LT(relative_error(c.inputs[3], oracle.at(name + "/after_mean")), 1e-14) << name;
    EXPECT_LT(relative_error(c.inputs[4], oracle.at(name + "/after_var")), 1e-14) << name;
    EXPECT_EQ(c.inputs[5].item<std::int64_t>(), name == "batch_norm/inference" ? 7 : 8) << name;
  }
}

TEST(BatchNorm, OneValuePerChannelUsesRunningStatisticsLeavesThemAlone) {
  KernelCase c = random_case({1, 6, 1, 1});
  const at::Tensor mean = c.inputs[3].clone(), variance = c.inputs[4].clone();
  const at::Tensor dy = at::randn({1, 6, 1, 1}, at::TensorOptions(at::kDouble));
  testing::run_kernels(c, dy);
  const testing::KernelResults results = testing::run_kernels(c, dy);
  const at::Tensor inverse = variance.add(1e-5).rsqrt();
  const at::Tensor normalized = c.inputs[0].flatten().sub(mean).mul(inverse);
  EXPECT_LT(relative_error(results.output.flatten(), normalized.mul(c.inputs[1]).add(c.inputs[2])), 1e-14);
  EXPECT_LT(relative_error(results.gradients[0].flatten(), dy.flatten().mul(inverse).mul(c.inputs[1])), 1e-12);
  EXPECT_LT(relative_error(results.gradients[1], dy.flatten().mul(normalized)), 1e-12);
  EXPECT_LT(relative_error(results.gradients[2], dy.flatten()), 1e-14);
  EXPECT_TRUE(c.inputs[3].equal(mean));
  EXPECT_TRUE(c.inputs[4].equal(variance));
  EXPECT_EQ(c.inputs[5].item<std::int64_t>(), 0);
}

TEST(BatchNorm, InEvaluationTheBatchDoesNotMatter) {
  KernelCase c = random_case({2, 3, 4, 5});
  c.context.training = false;
  const at::Tensor mean = c.inputs[3].clone();
  const at::Tensor both = testing::run_kernels(c).output;
  KernelCase first = c;
  first.inputs[0] = c.inputs[0].narrow(0, 0, 1).contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_LT(relative_error(testing::run_kernels(first).output, both.narrow(0, 0, 1)), 1e-15);
  EXPECT_TRUE(c.inputs[3].equal(mean));
}

}  // namespace
}  // namespace seg
