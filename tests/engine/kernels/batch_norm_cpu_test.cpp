// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::KernelCase;
using testing::KernelResults;
using testing::relative_error;

KernelCase random_case(at::IntArrayRef shape, const BatchNormOptions& options, at::ScalarType type = at::kFloat) {
  const auto full = at::TensorOptions(at::kFloat);
  const std::int64_t channels = shape[1];
  KernelCase c{.op = Op::batch_norm, .options = options, .inputs = {}};
  c.inputs = {at::randn(shape, full).add_(3.0).to(type).contiguous(at::MemoryFormat::ChannelsLast),
              at::randn({channels}, full),
              at::randn({channels}, full),
              at::randn({channels}, full),
              at::rand({channels}, full).add(0.5),
              at::zeros({}, at::TensorOptions(at::kLong))};
  c.context.compute = type;
  return c;
}

// The same case in double precision, by ATen. Statistics that are updated are the case's own.
KernelCase exactly(const KernelCase& c) {
  KernelCase exact = c;
  for (std::size_t i = 0; i < 5; ++i) exact.inputs[i] = c.inputs[i].to(at::kDouble);
  exact.inputs[5] = c.inputs[5].clone();
  exact.context.full = exact.context.compute = at::kDouble;
  exact.composite = true;
  return exact;
}

at::Tensor gradient_like(const KernelCase& c) {
  return at::randn(c.inputs[0].sizes()).to(c.inputs[0].scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
}

// dy where the exact output is so near to 0 that rounding decides what an activation lets pass counts for nothing.
at::Tensor without_doubtful(const at::Tensor& dy, const KernelCase& c) {
  KernelCase plain = exactly(c);
  std::get<BatchNormOptions>(plain.options).relu = false;
  const at::Tensor y = testing::run_kernels(plain).output;
  return at::where(y.abs().lt(1e-4), 0, dy).contiguous(at::MemoryFormat::ChannelsLast);
}

void expect_near_exact(const KernelCase& c, bool in_place) {
  KernelCase exact = exactly(c), ours = c;
  for (std::size_t i = 3; i < 6; ++i) ours.inputs[i] = c.inputs[i].clone();
  const bool is_float = c.inputs[0].scalar_type() == at::kFloat;
  const double of_maps = is_float ? 2e-6 : 4e-3, of_channels = is_float ? 5e-6 : 2e-5;
  const at::Tensor dy = without_doubtful(gradient_like(c), c);
  const KernelResults expected = testing::run_kernels(exact, dy.to(at::kDouble));
  const KernelResults results = testing::run_kernels(ours, dy, in_place);
  EXPECT_TRUE(results.output.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_LT(relative_error(results.output, expected.output), of_maps);
  EXPECT_LT(relative_error(results.gradients.at(0), expected.gradients.at(0)), of_maps);
  EXPECT_LT(relative_error(results.gradients.at(1), expected.gradients.at(1)), of_channels);
  EXPECT_LT(relative_error(results.gradients.at(2), expected.gradients.at(2)), of_channels);
  for (std::size_t i = 3; i < 5; ++i) EXPECT_LT(relative_error(ours.inputs[i], exact.inputs[i]), 1e-6);
  EXPECT_EQ(ours.inputs[5].item<std::int64_t>(), exact.inputs[5].item<std::int64_t>());
}

TEST(BatchNormCpu, IsNearDoublePrecision) {
  for (const auto type : {at::kFloat, at::kBFloat16})
    for (const bool relu : {false, true})
      for (const std::int64_t channels : {1, 16, 19, 64}) {
        SCOPED_TRACE(std::to_string(channels) + " channels");
        const KernelCase c = random_case({2, channels, 13, 17}, {.relu = relu}, type);
        expect_near_exact(c, false);
        if (relu) expect_near_exact(c, true);
      }
}

TEST(BatchNormCpu, IsNearDoublePrecisionOnAMapOfManyParts) {
  expect_near_exact(random_case({3, 8, 128, 130}, {.relu = true}), false);
}

TEST(BatchNormCpu, InEvaluationAndWithASingleValueRunningStatisticsAreUsedAndLeftAlone) {
  for (const bool relu : {false, true})
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      KernelCase inference = random_case({2, 19, 6, 9}, {.inference = true, .relu = relu}, type);
      expect_near_exact(inference, false);
      KernelCase evaluation = random_case({2, 19, 6, 9}, {.relu = relu}, type);
      evaluation.context.training = false;
      expect_near_exact(evaluation, false);
      expect_near_exact(random_case({1, 19, 1, 1}, {.relu = relu}, type), false);
    }
}

// So that a run that has diverged is seen to have.
TEST(BatchNormCpu, NoNumberStaysNoNumber) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    KernelCase c = random_case({2, 16, 16, 16}, {.relu = true});
    c.inputs[0].select(0, 1).select(0, 3).select(0, 5).select(0, 7).fill_(bad);
    const at::Tensor output = testing::run_kernels(c).output;
    EXPECT_TRUE(output.select(1, 3).isnan().all().item<bool>()) << bad;
    EXPECT_FALSE(output.select(1, 4).isnan().any().item<bool>()) << bad;
    EXPECT_TRUE(std::isnan(c.inputs[4].select(0, 3).item<float>())) << bad;
  }
}

TEST(BatchNormCpu, AnyNumberOfThreadsGivesTheSameBits) {
  const KernelCase c = random_case({2, 16, 65, 67}, {.relu = true});
  const at::Tensor dy = gradient_like(c);
  std::vector<KernelResults> results;
  const int usual_threads = at::get_num_threads();
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    KernelCase own = c;
    for (std::size_t i = 3; i < 6; ++i) own.inputs[i] = c.inputs[i].clone();
    results.push_back(testing::run_kernels(own, dy));
  }
  at::set_num_threads(usual_threads);
  for (const KernelResults& other : results) {
    EXPECT_TRUE(other.output.equal(results[0].output));
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(other.gradients[i].equal(results[0].gradients[i]));
  }
}

TEST(BatchNormCpu, ItsOutputIsMadeAgainWithTheSameBits) {
  for (const auto type : {at::kFloat, at::kBFloat16})
    for (const bool relu : {false, true}) {
      const KernelCase c = random_case({2, 19, 13, 17}, {.relu = relu}, type);
      const KernelResults first = testing::run_kernels(c);
      const Tensors reads = {c.inputs[0], c.inputs[1], c.inputs[2], first.saved.at(0), first.saved.at(1)};
      const Node node = testing::node_of(c);
      const std::vector<Shape> shapes(7, {2, 19, 13, 17});
      const std::vector<std::uint8_t> wanted = {1};
      const Call call{node, reads, shapes, wanted, false, c.context};
      EXPECT_TRUE(kernels_of(Op::batch_norm).cpu_recompute(call).at(0).equal(first.output));
      const at::Tensor composite = kernels_of(Op::batch_norm).recompute(call).at(0);
      EXPECT_EQ(composite.scalar_type(), type);
      EXPECT_LT(relative_error(composite, first.output), type == at::kFloat ? 2e-6 : 4e-3);
    }
}

TEST(BatchNormCpu, HandsOtherLayoutsAndAHandfulOfValuesToTheComposite) {
  KernelCase planes = random_case({2, 6, 9, 7}, {.relu = true});
  planes.inputs[0] = planes.inputs[0].contiguous();
  for (const KernelCase& c : {planes, random_case({2, 6, 1, 1}, {.relu = true})}) {
    KernelCase composite = c;
    composite.composite = true;
    for (std::size_t i = 3; i < 6; ++i) composite.inputs[i] = c.inputs[i].clone();
    const at::Tensor dy = at::randn(c.inputs[0].sizes()).contiguous(at::MemoryFormat::ChannelsLast);
    const KernelResults ours = testing::run_kernels(c, dy), expected = testing::run_kernels(composite, dy);
    EXPECT_TRUE(ours.output.equal(expected.output));
    EXPECT_TRUE(ours.gradients.at(0).equal(expected.gradients.at(0)));
  }
}

}  // namespace
}  // namespace seg
