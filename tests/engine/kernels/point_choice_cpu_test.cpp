// SPDX-License-Identifier: Apache-2.0
#include <ATen/core/Tensor.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "tests/engine/support/kernel_case.h"

namespace seg {
namespace {

using testing::KernelCase;
using testing::run_kernels;

const std::vector<std::uint64_t> kSamples = {7, 1ULL << 40, 3};

at::Tensor random_logits() {
  at::manual_seed(1);
  return at::randn({3, 19, 24, 37}).contiguous(at::MemoryFormat::ChannelsLast);
}

KernelCase points_case(const at::Tensor& logits) {
  KernelCase c{.op = Op::choose_points, .options = ChoosePointsOptions{}, .inputs = {logits}};
  c.context.dropout_seed = 5;
  c.context.sample_numbers = kSamples;
  return c;
}

KernelCase cells_case(const at::Tensor& logits) {
  return {.op = Op::choose_cells, .options = ChooseCellsOptions{}, .inputs = {logits}, .output_shape = {3, 200, 2}};
}

void expect_equal_to_composite(KernelCase c) {
  const at::Tensor ours = run_kernels(c).output;
  c.composite = true;
  EXPECT_TRUE(ours.equal(run_kernels(c).output));
}

TEST(PointChoiceCpu, ChoosesWhatTheCompositeChooses) {
  const at::Tensor logits = random_logits();
  expect_equal_to_composite(points_case(logits));
  expect_equal_to_composite(cells_case(logits));
  KernelCase c = points_case(logits);
  c.options = ChoosePointsOptions{.candidates = 90, .uncertain = 20, .uniform = 7, .padding = PointPadding::border};
  c.inputs.push_back(at::rand({3, 11, 2}));
  expect_equal_to_composite(c);
}

TEST(PointChoiceCpu, DoesSoWhereAllIsAlikeOrInfinite) {
  at::Tensor logits = at::zeros_like(random_logits());
  expect_equal_to_composite(points_case(logits));
  expect_equal_to_composite(cells_case(logits));
  logits.narrow(2, 3, 4).fill_(std::numeric_limits<float>::infinity());
  expect_equal_to_composite(cells_case(logits));
}

TEST(PointChoiceCpu, HandsDoublesToTheComposite) {
  KernelCase c = points_case(random_logits().to(at::kDouble));
  c.context.full = at::kDouble;
  expect_equal_to_composite(c);
}

TEST(PointChoiceCpu, NeedsASampleNumberForEachImage) {
  KernelCase c = points_case(random_logits());
  c.context.sample_numbers = std::span(kSamples).first(1);
  EXPECT_THROW(run_kernels(c), std::logic_error);
}

}  // namespace
}  // namespace seg
