// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"

namespace seg {
namespace {

using testing::KernelCase;
using testing::KernelResults;
using testing::run_kernels;

KernelCase random_case(at::ScalarType type, PointPadding padding = PointPadding::zeros) {
  at::manual_seed(1);
  return {.op = Op::point_sample,
          .options = PointSampleOptions{padding},
          .inputs = {at::randn({2, 19, 12, 31}).to(type).contiguous(at::MemoryFormat::ChannelsLast),
                     at::rand({2, 700, 2})}};
}

at::Tensor gradient_for(const KernelCase& c) {
  at::manual_seed(2);
  return at::randn({2, 19, 1, 700}).to(c.inputs[0].scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
}

TEST(PointSampleCpu, EqualsTheComposite) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    for (const PointPadding padding : {PointPadding::zeros, PointPadding::border}) {
      KernelCase c = random_case(type, padding);
      const KernelResults ours = run_kernels(c, gradient_for(c));
      c.composite = true;
      const KernelResults composite = run_kernels(c, gradient_for(c));
      const double tolerance = type == at::kFloat ? 1e-5 : 2e-2;
      EXPECT_TRUE(at::allclose(ours.output, composite.output, tolerance, tolerance));
      EXPECT_TRUE(at::allclose(ours.gradients[0], composite.gradients[0], tolerance, tolerance));
      EXPECT_TRUE(ours.output.is_contiguous(at::MemoryFormat::ChannelsLast));
      EXPECT_TRUE(ours.gradients[0].is_contiguous(at::MemoryFormat::ChannelsLast));
    }
  }
}

TEST(PointSampleCpu, TheNumberOfThreadsMovesNoBit) {
  const KernelCase c = random_case(at::kFloat);
  const int threads = at::get_num_threads();
  const KernelResults expected = run_kernels(c, gradient_for(c));
  at::set_num_threads(1);
  const KernelResults alone = run_kernels(c, gradient_for(c));
  at::set_num_threads(threads);
  EXPECT_TRUE(alone.output.equal(expected.output));
  EXPECT_TRUE(alone.gradients[0].equal(expected.gradients[0]));
}

TEST(PointSampleCpu, HandsOtherNumbersToTheComposite) {
  const KernelCase c = random_case(at::kDouble);
  KernelCase composite = c;
  composite.composite = true;
  EXPECT_TRUE(run_kernels(c).output.equal(run_kernels(composite).output));
}

}  // namespace
}  // namespace seg
