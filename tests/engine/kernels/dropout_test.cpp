// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/dropout.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/engine/support/kernel_case.h"

namespace seg {
namespace {

using testing::KernelCase;
using testing::run_kernels;

const std::vector<std::uint64_t> kSamples = {10, 11, 12, 13};

KernelCase ones(double p, std::uint64_t seed = 1) {
  KernelCase c{.op = Op::dropout,
               .options = DropoutOptions{p},
               .inputs = {at::ones({4, 24, 31, 33}).contiguous(at::MemoryFormat::ChannelsLast)},
               .name = "head.dropout"};
  c.context.dropout_seed = seed;
  c.context.sample_numbers = kSamples;
  return c;
}

at::Tensor kept(const KernelCase& c) { return run_kernels(c).output.ne(0); }

double agreement(const at::Tensor& a, const at::Tensor& b) { return a.eq(b).to(at::kDouble).mean().item<double>(); }

TEST(Dropout, KeepsTheRightShareAndScalesIt) {
  for (const double p : {0.1, 0.5, 0.9}) {
    const at::Tensor y = run_kernels(ones(p)).output;
    const double share = y.ne(0).to(at::kDouble).mean().item<double>();
    const double deviation = std::sqrt(p * (1 - p) / static_cast<double>(y.numel()));
    EXPECT_NEAR(share, 1 - p, 4 * deviation);
    EXPECT_NEAR(y.max().item<double>(), 1 / (1 - p), 1e-5);
  }
}

TEST(Dropout, TheDerivativeDrawsTheSame) {
  const KernelCase c = ones(0.3);
  const testing::KernelResults results = run_kernels(c, at::ones_like(c.inputs[0]));
  EXPECT_TRUE(results.gradients[0].equal(results.output));
  EXPECT_TRUE(run_kernels(c, at::ones_like(c.inputs[0]), /*in_place=*/true).gradients[0].equal(results.output));
}

TEST(Dropout, SplittingABatchMovesNothing) {
  const KernelCase whole = ones(0.3);
  const at::Tensor expected = run_kernels(whole).output;
  for (std::int64_t i = 0; i < 4; ++i) {
    KernelCase part = whole;
    part.inputs[0] = whole.inputs[0].narrow(0, i, 1).contiguous(at::MemoryFormat::ChannelsLast);
    part.context.sample_numbers = std::span(kSamples).subspan(static_cast<std::size_t>(i), 1);
    EXPECT_TRUE(run_kernels(part).output.equal(expected.narrow(0, i, 1)));
  }
}

TEST(Dropout, DrawsAnewForAnotherSeedNodeSampleAndStep) {
  const KernelCase c = ones(0.5);
  const at::Tensor first = kept(c);
  KernelCase other_name = c;
  other_name.name = "aux2.dropout";
  const std::vector<std::uint64_t> later = {14, 15, 16, 17};
  KernelCase other_samples = c;
  other_samples.context.sample_numbers = later;
  for (const at::Tensor& other : {kept(ones(0.5, 2)), kept(other_name), kept(other_samples)})
    EXPECT_NEAR(agreement(first, other), 0.5, 0.01);
  EXPECT_NEAR(agreement(first[0], first[1]), 0.5, 0.02);
}

TEST(Dropout, NeighboursAreIndependent) {
  const at::Tensor k = kept(ones(0.5));
  EXPECT_NEAR(agreement(k.slice(1, 1), k.slice(1, 0, -1)), 0.5, 0.01);  // channels
  EXPECT_NEAR(agreement(k.slice(2, 1), k.slice(2, 0, -1)), 0.5, 0.01);  // rows
  EXPECT_NEAR(agreement(k.slice(3, 1), k.slice(3, 0, -1)), 0.5, 0.01);  // columns
}

TEST(Dropout, IsTheIdentityInEvaluation) {
  KernelCase c = ones(0.5);
  c.context.training = false;
  EXPECT_TRUE(run_kernels(c).output.equal(c.inputs[0]));
}

TEST(Dropout, RefusesABatchWithoutSampleNumbers) {
  KernelCase c = ones(0.5);
  c.context.sample_numbers = {};
  EXPECT_THROW(run_kernels(c), std::logic_error);
}

}  // namespace
}  // namespace seg
