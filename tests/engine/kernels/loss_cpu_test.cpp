// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/full_like.h>
#include <gtest/gtest.h>

#include "tests/engine/support/loss_case.h"

namespace seg {
namespace {

TEST(LossCpu, ValueAndGradientEqualPython) {
  SEG_NEEDS_PYTHON();
  // Where the network is sure of itself, a probability near 1 carries the rounding of its logits: some 1e-7, absolute.
  for (const auto layout : {at::MemoryFormat::ChannelsLast, at::MemoryFormat::Contiguous})
    testing::expect_losses_equal_to_python(
        {.composite = false, .type = at::kFloat, .tolerance = 3e-5, .lovasz_gradient = 2e-2, .layout = layout});
}

TEST(LossCpu, LogitsInBfloat16AreTakenAsTheyAre) {
  testing::KernelCase c = testing::random_loss({});
  c.inputs[0] = c.inputs[0].to(at::kBFloat16);
  const testing::KernelResults ours = testing::run_kernels(c);
  c.inputs[0] = c.inputs[0].to(at::kFloat);
  const testing::KernelResults expected = testing::run_kernels(c);
  EXPECT_TRUE(ours.output.equal(expected.output));
  EXPECT_TRUE(ours.saved[0].equal(expected.saved[0].to(at::kBFloat16)));
}

TEST(LossCpu, InDoubleItIsTheComposite) {
  testing::KernelCase c = testing::random_loss({}, at::kDouble);
  const testing::KernelResults ours = testing::run_kernels(c);
  c.composite = true;
  EXPECT_TRUE(ours.saved[0].equal(testing::run_kernels(c).saved[0]));
}

// Of about so many pixels along a side of the image; both sides of the logits are odd, or even.
testing::LossSize size_of(std::int64_t classes, std::int64_t factor, bool is_odd) {
  const std::int64_t height = is_odd ? 99 / factor | 1 : 128 / factor, width = is_odd ? 77 / factor | 1 : 128 / factor;
  return {.images = 2, .classes = classes, .height = height, .width = width, .factor = factor};
}

// Against the same in double: no further away than the composite, at every factor from the image's own size to the
// smallest map. Where it adds up hardly anything, both are left with the rounding of one number, and differ by chance.
TEST(LossCpu, TheGradientIsAsExactAsTheComposites) {
  const auto expect_as_exact = [](const testing::LossSize& size) {
    testing::KernelCase c = testing::random_loss(size);
    const at::Tensor ours = testing::run_kernels(c).saved[0];
    c.composite = true;
    const at::Tensor composite = testing::run_kernels(c).saved[0];
    c.inputs[0] = c.inputs[0].to(at::kDouble);
    c.context.full = c.context.compute = at::kDouble;
    const at::Tensor exact = testing::run_kernels(c).saved[0];
    EXPECT_LE(testing::relative_error(ours, exact),
              testing::relative_error(composite, exact) * (size.factor > 2 ? 1.0 : 1.1))
        << size.factor << " " << size.classes << " " << size.height << "x" << size.width;
  };
  for (const std::int64_t factor : {1, 2, 4, 8, 16, 32})
    for (const std::int64_t classes : {19, 150})
      for (const bool is_odd : {false, true}) expect_as_exact(size_of(classes, factor, is_odd));
}

TEST(LossCpu, TheShareAndTheWeightScaleTheGradientOnly) {
  testing::expect_scaling_of_the_gradient(/*composite=*/false);
}

TEST(LossCpu, ALabelThatIsNoClassGivesNaN) { testing::expect_nan_for_a_label_out_of_range(/*composite=*/false); }

TEST(LossCpu, NaNAmongTheLogitsShowsInTheValue) { testing::expect_nan_to_show(/*composite=*/false); }

TEST(LossCpu, TheNumberOfThreadsMovesNoBit) {
  const testing::KernelCase c =
      testing::random_loss({.images = 3, .classes = 7, .height = 20, .width = 33, .factor = 4});
  const int threads = at::get_num_threads();
  const testing::KernelResults expected = testing::run_kernels(c);
  for (const int n : {1, 3}) {
    at::set_num_threads(n);
    const testing::KernelResults ours = testing::run_kernels(c);
    EXPECT_TRUE(ours.output.equal(expected.output));
    EXPECT_TRUE(ours.saved[0].equal(expected.saved[0]));
  }
  at::set_num_threads(threads);
}

// A batch whose logits cannot be told apart: every loss is a tie.
TEST(LossCpu, TiesShareTheirWeight) {
  testing::KernelCase c = testing::random_loss({.images = 1, .classes = 2, .height = 8, .width = 8, .factor = 1});
  c.inputs[0].zero_();
  c.inputs[1].zero_();
  c.options = LossOptions{.ohem_thresh = 0.1, .ohem_min_kept = 0.25};  // no loss is above -ln 0.1
  const testing::KernelResults results = testing::run_kernels(c);
  EXPECT_NEAR(results.output.item<double>(), std::log(2.0), 1e-6);
  EXPECT_TRUE(at::allclose(results.saved[0].abs(), at::full_like(results.saved[0], 0.5 / 64)));
}

TEST(LossCpu, IsNothingWhereNoWeightIsLeft) { testing::expect_nothing_where_no_weight_is_left(/*composite=*/false); }

TEST(LossCpu, IsNothingWithoutAValidPixel) { testing::expect_nothing_without_a_valid_pixel(/*composite=*/false); }

TEST(LossCpu, TheGradientHasTheLayoutOfTheNetwork) {
  const testing::KernelCase c = testing::random_loss({});
  EXPECT_TRUE(testing::run_kernels(c).saved[0].is_contiguous(at::MemoryFormat::ChannelsLast));
}

}  // namespace
}  // namespace seg
