// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/engine/support/kernel_case.h"

namespace seg {
namespace {

using testing::KernelCase;
using testing::run_kernels;

const std::vector<std::uint64_t> kSamples = {7, 1ULL << 40, 3};

KernelCase random_case(at::ScalarType type) {
  KernelCase c{.op = Op::dropout,
               .options = DropoutOptions{0.2},
               .inputs = {at::randn({3, 21, 45, 67}).to(type).contiguous(at::MemoryFormat::ChannelsLast)}};
  c.context.dropout_seed = 5;
  c.context.sample_numbers = kSamples;
  return c;
}

TEST(DropoutCpu, EqualsTheComposite) {
  for (const auto type : {at::kFloat, at::kDouble, at::kBFloat16}) {
    KernelCase c = random_case(type);
    const at::Tensor ours = run_kernels(c).output;
    c.composite = true;
    const at::Tensor composite = run_kernels(c).output;
    EXPECT_TRUE(ours.ne(0).equal(composite.ne(0)));
    // The composite rounds the factor to bf16 first.
    EXPECT_TRUE(at::allclose(ours.to(at::kDouble), composite.to(at::kDouble), type == at::kBFloat16 ? 1e-2 : 1e-6));
  }
}

TEST(DropoutCpu, RoundsBf16ToNearestAndKeepsNaN) {
  KernelCase c = random_case(at::kBFloat16);
  c.inputs[0][0][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor y = run_kernels(c).output;
  const at::Tensor exact = c.inputs[0].to(at::kFloat).mul(1.0F / 0.8F).to(at::kBFloat16);
  EXPECT_TRUE(y.eq(0).logical_or(y.eq(exact)).logical_or(y.isnan()).all().item<bool>());
  EXPECT_LE(y.isnan().sum().item<int>(), 1);
}

TEST(DropoutCpu, TheNumberOfThreadsMovesNothing) {
  const KernelCase c = random_case(at::kFloat);
  const int threads = at::get_num_threads();
  const at::Tensor expected = run_kernels(c).output;
  at::set_num_threads(1);
  EXPECT_TRUE(run_kernels(c).output.equal(expected));
  at::set_num_threads(threads);
}

TEST(DropoutCpu, HandsOtherLayoutsToTheComposite) {
  KernelCase c = random_case(at::kFloat);
  const at::Tensor expected = run_kernels(c).output;
  c.inputs[0] = c.inputs[0].contiguous();
  EXPECT_TRUE(run_kernels(c).output.equal(expected));
}

}  // namespace
}  // namespace seg
