// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/winograd.h"

#include <ATen/Parallel.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/convolution_backward.h>
#include <gtest/gtest.h>

#include "tests/engine/support/winograd_maps.h"
#include "tests/support/instruction_levels.h"

namespace seg::kernels {
namespace {

using Maps = testing::WinogradMaps;
using testing::channels_last, testing::error_of, testing::in_bfloat16, testing::winograd_maps;

void expect_near_definition(const Maps& m, double bound) {
  const at::Tensor x = m.x.to(at::kDouble), weight = m.weight.to(at::kDouble), dy = m.dy.to(at::kDouble);
  const at::Tensor y = at::convolution(x, weight, {}, {1, 1}, {1, 1}, {1, 1}, false, {0, 0}, 1);
  const at::Tensor dx = std::get<0>(at::convolution_backward(dy, x, weight, at::OptionalIntArrayRef(), {1, 1}, {1, 1},
                                                             {1, 1}, false, {0, 0}, 1, {true, false, false}));
  const at::Tensor ours = winograd::convolution(m.x, m.weight);
  EXPECT_EQ(ours.strides(), m.dy.strides());
  EXPECT_EQ(ours.scalar_type(), m.x.scalar_type());
  EXPECT_LT(error_of(ours, y), bound);
  EXPECT_LT(error_of(winograd::input_gradient(m.dy, m.weight), dx), bound);
}

void expect_equal_to_definition(const Maps& m) {
  {
    SCOPED_TRACE("float");
    expect_near_definition(m, 1e-5);
  }
  SCOPED_TRACE("bfloat16");
  expect_near_definition(in_bfloat16(m), 5e-3);
}

TEST(Winograd, EqualsTheConvolutionInDoubleAtEverySizeOfBorderTile) {
  for (std::int64_t height = 1; height <= 9; ++height) {
    SCOPED_TRACE(height);
    expect_equal_to_definition(winograd_maps(2, 16, 16, height, 10 - height));
  }
}

TEST(Winograd, EqualsTheConvolutionInDoubleForAllNumbersOfChannels) {
  for (const std::int64_t in : {16, 64, 80, 144}) {
    for (const std::int64_t out : {16, 64, 112}) {
      SCOPED_TRACE(std::to_string(in) + " to " + std::to_string(out));
      expect_equal_to_definition(winograd_maps(1, in, out, 9, 14));
    }
  }
}

TEST(Winograd, EqualsTheConvolutionInDoubleAtEveryInstructionLevel) {
  testing::at_every_instruction_level([] { expect_equal_to_definition(winograd_maps(2, 32, 48, 13, 11)); });
}

// Enough tiles for several chunks.
void expect_the_same_bits_on_any_number_of_threads(const Maps& m) {
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor y = winograd::convolution(m.x, m.weight), dx = winograd::input_gradient(m.dy, m.weight);
  for (const int several : {2, 3, 7}) {
    at::set_num_threads(several);
    EXPECT_TRUE(winograd::convolution(m.x, m.weight).equal(y)) << several << " threads";
    EXPECT_TRUE(winograd::input_gradient(m.dy, m.weight).equal(dx)) << several << " threads";
  }
  at::set_num_threads(threads);
}

TEST(Winograd, GivesTheSameBitsOnAnyNumberOfThreads) {
  const Maps m = winograd_maps(3, 32, 80, 40, 52);
  expect_the_same_bits_on_any_number_of_threads(m);
  expect_the_same_bits_on_any_number_of_threads(in_bfloat16(m));
}

TEST(Winograd, ReadsWeightsOfAnyLayout) {
  const Maps m = winograd_maps(1, 16, 32, 8, 8);
  const at::Tensor plain = m.weight.contiguous();
  EXPECT_TRUE(winograd::convolution(m.x, plain).equal(winograd::convolution(m.x, m.weight)));
  EXPECT_TRUE(winograd::input_gradient(m.dy, plain).equal(winograd::input_gradient(m.dy, m.weight)));
}

}  // namespace
}  // namespace seg::kernels
