// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <ATen/ops/convolution_backward.h>
#include <gtest/gtest.h>

#include "engine/kernels/winograd.h"
#include "tests/engine/support/winograd_maps.h"
#include "tests/support/instruction_levels.h"

namespace seg::kernels {
namespace {

using Maps = testing::WinogradMaps;
using testing::error_of, testing::in_bfloat16, testing::winograd_maps;

void expect_near_definition(const Maps& m, double bound) {
  const at::Tensor exact = std::get<1>(at::convolution_backward(
      m.dy.to(at::kDouble), m.x.to(at::kDouble), m.weight.to(at::kDouble), at::OptionalIntArrayRef(), {1, 1}, {1, 1},
      {1, 1}, false, {0, 0}, 1, {false, true, false}));
  const at::Tensor ours = winograd::weight_gradient(m.x, m.dy);
  EXPECT_EQ(ours.scalar_type(), m.x.scalar_type());
  EXPECT_LT(error_of(ours, exact), bound);
}

void expect_equal_to_definition(const Maps& m) {
  {
    SCOPED_TRACE("float");
    expect_near_definition(m, 2e-5);
  }
  SCOPED_TRACE("bfloat16");
  expect_near_definition(in_bfloat16(m), 5e-3);
}

TEST(WinogradWeightGradient, EqualsTheDefinitionInDoubleAtEverySizeOfBorderTile) {
  for (std::int64_t height = 1; height <= 9; ++height) {
    SCOPED_TRACE(height);
    expect_equal_to_definition(winograd_maps(2, 16, 16, height, 10 - height));
  }
}

TEST(WinogradWeightGradient, EqualsTheDefinitionInDoubleForAllNumbersOfChannels) {
  for (const std::int64_t in : {16, 64, 80, 144}) {
    for (const std::int64_t out : {16, 64, 112}) {
      SCOPED_TRACE(std::to_string(in) + " to " + std::to_string(out));
      expect_equal_to_definition(winograd_maps(1, in, out, 9, 14));
    }
  }
}

TEST(WinogradWeightGradient, EqualsTheDefinitionInDoubleAtEveryInstructionLevel) {
  testing::at_every_instruction_level([] { expect_equal_to_definition(winograd_maps(2, 32, 48, 13, 11)); });
}

// Enough tiles for several parts of the sums.
TEST(WinogradWeightGradient, GivesTheSameBitsOnAnyNumberOfThreads) {
  const Maps full = winograd_maps(3, 32, 80, 40, 52);
  const int threads = at::get_num_threads();
  for (const Maps& m : {full, in_bfloat16(full)}) {
    at::set_num_threads(1);
    const at::Tensor one = winograd::weight_gradient(m.x, m.dy);
    for (const int several : {2, 3, 7}) {
      at::set_num_threads(several);
      EXPECT_TRUE(winograd::weight_gradient(m.x, m.dy).equal(one)) << several << " threads";
    }
  }
  at::set_num_threads(threads);
}

}  // namespace
}  // namespace seg::kernels
