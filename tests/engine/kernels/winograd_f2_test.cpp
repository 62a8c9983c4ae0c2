// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/winograd_f2.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "tests/engine/support/winograd_square.h"
#include "tests/support/instruction_levels.h"

namespace seg::kernels::winograd::f2 {
namespace {

using testing::kChannels, testing::RandomSquare, testing::value_of;

constexpr double kHalfStep = 1.0 / 256;  // of a bfloat16 value, at most, relative to it

using Matrix = std::vector<std::vector<double>>;
const Matrix kWindowMap = {{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}};
const Matrix kOutputMap = {{1, 1, 1, 0}, {0, 1, -1, -1}};
const Matrix kTapMap = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};

Matrix transposed(const Matrix& m) {
  Matrix result(m.front().size(), std::vector<double>(m.size()));
  for (std::size_t i = 0; i < m.size(); ++i) {
    for (std::size_t j = 0; j < m[i].size(); ++j) result[j][i] = m[i][j];
  }
  return result;
}

// (m square m')[i, j], by its definition.
template <class Square>
double mapped(const Matrix& m, const Square& square, std::size_t i, std::size_t j, std::size_t channel) {
  double sum = 0;
  for (std::size_t k = 0; k < m[i].size(); ++k) {
    for (std::size_t l = 0; l < m[j].size(); ++l) sum += m[i][k] * square.at(k, l, channel) * m[j][l];
  }
  return sum;
}

// A square of rows of `kChannels` pairs, with something behind each that belongs to nobody.
class PairSquare {
 public:
  explicit PairSquare(std::size_t pairs) : pairs_(pairs), data_(kWindow * kWindow * (kChannels + 3), kNobodys) {}
  Square<Bfloat16Pair, kWindow> places() {
    Square<Bfloat16Pair, kWindow> result;
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = data_.data() + i * (kChannels + 3);
    return result;
  }
  double first(std::size_t point, std::size_t pair) {
    return value_of(static_cast<std::uint16_t>(places()[point][pair] & 0xFFFFU));
  }
  double second(std::size_t point, std::size_t pair) {
    return value_of(static_cast<std::uint16_t>(places()[point][pair] >> 16U));
  }
  void expect_nothing_behind() {
    for (Bfloat16Pair* row : places()) EXPECT_EQ(row[pairs_], kNobodys);
  }

 private:
  static constexpr Bfloat16Pair kNobodys = 0x12345678;
  std::size_t pairs_;
  std::vector<Bfloat16Pair> data_;
};

void expect_rounded(double value, double exact) { EXPECT_NEAR(value, exact, std::abs(exact) * kHalfStep + 1e-7); }

TEST(WinogradF2, TheWindowsPointsAreRoundedPairsOfChannels) {
  testing::at_every_instruction_level([] {
    const RandomSquare<std::uint16_t, kWindow> window(1);
    PairSquare points(kChannels / 2);
    transform_window(window.sources(), points.places(), kChannels);
    for (std::size_t i = 0; i < kWindow; ++i) {
      for (std::size_t j = 0; j < kWindow; ++j) {
        for (std::size_t pair = 0; pair < kChannels / 2; ++pair) {
          expect_rounded(points.first(i * kWindow + j, pair), mapped(kWindowMap, window, i, j, 2 * pair));
          expect_rounded(points.second(i * kWindow + j, pair), mapped(kWindowMap, window, i, j, 2 * pair + 1));
        }
      }
    }
    points.expect_nothing_behind();
  });
}

template <std::size_t Side, class Transform>
void expect_pairs_of_two_squares(const Matrix& map, const Transform& transform) {
  testing::at_every_instruction_level([&] {
    const RandomSquare<std::uint16_t, Side> first(1), second(2);
    PairSquare points(kChannels);
    transform({first.sources(), second.sources()}, points.places(), kChannels);
    for (std::size_t i = 0; i < kWindow; ++i) {
      for (std::size_t j = 0; j < kWindow; ++j) {
        for (std::size_t c = 0; c < kChannels; ++c) {
          expect_rounded(points.first(i * kWindow + j, c), mapped(map, first, i, j, c));
          expect_rounded(points.second(i * kWindow + j, c), mapped(map, second, i, j, c));
        }
      }
    }
    points.expect_nothing_behind();
  });
}

TEST(WinogradF2, TapsWindowsAndGradientsArePairsOfTwoSquares) {
  expect_pairs_of_two_squares<kTaps>(kTapMap, transform_taps);
  expect_pairs_of_two_squares<kWindow>(kWindowMap, transform_windows);
  expect_pairs_of_two_squares<kOutputs>(transposed(kOutputMap), transform_output_gradients);
}

TEST(WinogradF2, SumsGoToRoundedOutputsAndTaps) {
  testing::at_every_instruction_level([] {
    const testing::FloatSquare<kWindow> points(1);
    RandomSquare<std::uint16_t, kOutputs> outputs(2);
    RandomSquare<std::uint16_t, kTaps> taps(3);
    const auto outputs_before = outputs;
    const auto taps_before = taps;
    transform_to_outputs(points.sources(), outputs.places(), kChannels);
    transform_to_taps(points.sources(), taps.places(), kChannels);
    for (std::size_t c = 0; c < kChannels; ++c) {
      for (std::size_t i = 0; i < kOutputs; ++i) {
        for (std::size_t j = 0; j < kOutputs; ++j)
          expect_rounded(outputs.at(i, j, c), mapped(kOutputMap, points, i, j, c));
      }
      for (std::size_t i = 0; i < kTaps; ++i) {
        for (std::size_t j = 0; j < kTaps; ++j)
          expect_rounded(taps.at(i, j, c), mapped(transposed(kTapMap), points, i, j, c));
      }
    }
    EXPECT_TRUE(outputs.keeps_its_gaps(outputs_before));
    EXPECT_TRUE(taps.keeps_its_gaps(taps_before));
  });
}

TEST(WinogradF2, WhatIsNotFiniteStaysSo) {
  testing::at_every_instruction_level([] {
    for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
      const std::vector<float> row(kChannels, bad);
      Square<const float, kWindow> points;
      points.fill(row.data());
      RandomSquare<std::uint16_t, kOutputs> outputs(2);
      transform_to_outputs(points, outputs.places(), kChannels);
      EXPECT_FALSE(std::isfinite(outputs.at(0, 0, 0)));
      EXPECT_FALSE(std::isfinite(outputs.at(1, 1, kChannels - 1)));
    }
  });
}

}  // namespace
}  // namespace seg::kernels::winograd::f2
