// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/winograd_f4.h"

#include <gtest/gtest.h>

#include "tests/engine/support/winograd_square.h"
#include "tests/support/instruction_levels.h"

namespace seg::kernels::winograd::f4 {
namespace {

using testing::kChannels;
template <std::size_t Side>
using Square = testing::FloatSquare<Side>;

TEST(WinogradF4, ProductsAtThePointsGiveTheConvolution) {
  testing::at_every_instruction_level([] {
    const Square<kWindow> window(1);
    const Square<kTaps> taps(2);
    Square<kWindow> window_points(3), tap_points(4), products(5);
    Square<kOutputs> outputs(6);
    const Square<kWindow> points_before = window_points;
    const Square<kOutputs> outputs_before = outputs;
    transform_window(window.sources(), window_points.places(), kChannels);
    transform_taps(taps.sources(), tap_points.places(), kChannels);
    for (std::size_t point = 0; point < kWindow * kWindow; ++point) {
      for (std::size_t c = 0; c < kChannels; ++c) {
        products.places()[point][c] = window_points.sources()[point][c] * tap_points.sources()[point][c];
      }
    }
    transform_to_outputs(products.sources(), outputs.places(), kChannels);
    EXPECT_TRUE(window_points.keeps_its_gaps(points_before));
    EXPECT_TRUE(outputs.keeps_its_gaps(outputs_before));
    for (std::size_t c = 0; c < kChannels; ++c) {
      for (std::size_t y = 0; y < kOutputs; ++y) {
        for (std::size_t x = 0; x < kOutputs; ++x) {
          double sum = 0;
          for (std::size_t i = 0; i < kTaps; ++i) {
            for (std::size_t j = 0; j < kTaps; ++j)
              sum += static_cast<double>(window.at(y + i, x + j, c)) * taps.at(i, j, c);
          }
          ASSERT_NEAR(outputs.at(y, x, c), sum, 2e-5) << "channel " << c << ", output " << y << ", " << x;
        }
      }
    }
  });
}

// <M x, y> = <x, M' y> for all x and y is what makes M' the adjoint of M.
TEST(WinogradF4, TheMapsOfGradientsAreTheAdjoints) {
  testing::at_every_instruction_level([] {
    const Square<kWindow> points(1);
    const Square<kOutputs> outputs(2);
    const Square<kTaps> taps(3);
    Square<kWindow> of_outputs(4), of_taps(5);
    Square<kOutputs> to_outputs(6);
    Square<kTaps> to_taps(7);
    transform_to_outputs(points.sources(), to_outputs.places(), kChannels);
    transform_output_gradient(outputs.sources(), of_outputs.places(), kChannels);
    transform_taps(taps.sources(), of_taps.places(), kChannels);
    transform_to_taps(points.sources(), to_taps.places(), kChannels);
    for (std::size_t c = 0; c < kChannels; ++c) {
      ASSERT_NEAR(testing::inner_product(to_outputs, outputs, c), testing::inner_product(points, of_outputs, c), 1e-3);
      ASSERT_NEAR(testing::inner_product(of_taps, points, c), testing::inner_product(taps, to_taps, c), 1e-4);
    }
  });
}

}  // namespace
}  // namespace seg::kernels::winograd::f4
