// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/depthwise_rows.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"
#include "tests/support/instruction_levels.h"

namespace seg::kernels {
namespace {

std::vector<float> random_values(std::int64_t count, std::uint64_t seed) {
  Random random(seed, RandomStream::synthetic, 8);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = static_cast<float>(random.normal());
  return values;
}

double at(const std::vector<float>& values, std::int64_t i) {
  return static_cast<double>(values.at(static_cast<std::size_t>(i)));
}

// Channels that fill vectors of no width, some widths and all widths.
constexpr std::int64_t kChannels[] = {1, 5, 16, 19, 33};

TEST(DepthwiseRows, PaddedRowsAreSpreadBetweenZeros) {
  testing::at_every_instruction_level([] {
    constexpr std::int64_t kWidth = 3;
    for (const std::int64_t channels : kChannels)
      for (const std::int64_t multiplier : {1, 2, 6, 20})
        for (const std::int64_t spacing : {1, 2}) {
          const std::vector<float> row = random_values(kWidth * channels, 1);
          const std::int64_t wide = channels * multiplier, columns = spacing * kWidth + 2;
          std::vector<float> padded(static_cast<std::size_t>(columns * wide + kRowSlack), 7.0F);
          pad_row(row.data(), {kWidth, channels}, multiplier, spacing, padded.data());
          for (std::int64_t x = 0; x < columns; ++x)
            for (std::int64_t c = 0; c < wide; ++c) {
              const std::int64_t place = x - 1;
              const bool is_pixel = place >= 0 && place % spacing == 0 && place / spacing < kWidth;
              const double expected = is_pixel ? at(row, place / spacing * channels + c / multiplier) : 0.0;
              ASSERT_EQ(at(padded, x * wide + c), expected) << x << " " << c;
            }
        }
  });
}

// Three padded rows; those of `missing` are outside the map.
struct Rows {
  RowShape shape;
  std::int64_t stride;
  std::vector<std::vector<float>> padded;
  ThreeRows rows{};

  Rows(RowShape of_result, std::int64_t result_stride, unsigned missing) : shape(of_result), stride(result_stride) {
    for (std::size_t r = 0; r < 3; ++r) padded.push_back(random_values((stride * shape.width + 2) * shape.channels, r));
    for (std::size_t r = 0; r < 3; ++r) rows[r] = (missing >> r & 1U) != 0 ? nullptr : padded[r].data();
  }
  double value(std::int64_t x, std::int64_t tap, std::int64_t c) const {
    const auto r = static_cast<std::size_t>(tap / 3);
    return rows[r] == nullptr ? 0.0 : at(padded[r], (stride * x + tap % 3) * shape.channels + c);
  }
};

template <class Check>
void for_all_rows(const Check& check) {
  testing::at_every_instruction_level([&] {
    for (const std::int64_t channels : kChannels)
      for (const std::int64_t stride : {1, 2})
        for (const unsigned missing : {0U, 1U, 4U, 5U}) check(Rows({7, channels}, stride, missing));
  });
}

TEST(DepthwiseRows, CorrelateIsTheSumOverTaps) {
  for_all_rows([](const Rows& rows) {
    const std::int64_t channels = rows.shape.channels;
    const std::vector<float> weights = random_values(9 * channels, 9);
    std::vector<float> result(static_cast<std::size_t>(rows.shape.width * channels));
    correlate(rows.rows, weights.data(), rows.shape, rows.stride, result.data());
    for (std::int64_t x = 0; x < rows.shape.width; ++x)
      for (std::int64_t c = 0; c < channels; ++c) {
        double sum = 0.0;
        for (std::int64_t tap = 0; tap < 9; ++tap) sum += rows.value(x, tap, c) * at(weights, tap * channels + c);
        ASSERT_NEAR(at(result, x * channels + c), sum, 1e-5);
      }
  });
}

TEST(DepthwiseRows, TheWeightsGradientIsAddedTapByTap) {
  for_all_rows([](const Rows& rows) {
    const std::int64_t channels = rows.shape.channels;
    const std::vector<float> dy = random_values(rows.shape.width * channels, 9);
    std::vector<float> gradient(static_cast<std::size_t>(9 * channels), 1.0F);
    add_weight_gradient(rows.rows, dy.data(), rows.shape, rows.stride, gradient.data());
    for (std::int64_t tap = 0; tap < 9; ++tap)
      for (std::int64_t c = 0; c < channels; ++c) {
        double sum = 1.0;
        for (std::int64_t x = 0; x < rows.shape.width; ++x) sum += rows.value(x, tap, c) * at(dy, x * channels + c);
        ASSERT_NEAR(at(gradient, tap * channels + c), sum, 1e-5);
      }
  });
}

TEST(DepthwiseRows, SumsOfNeighbouringChannels) {
  testing::at_every_instruction_level([] {
    const std::vector<float> row = random_values(3 * 5 * 6, 2);
    std::vector<float> sums(15);
    sum_channels(row.data(), {3, 5}, 6, sums.data());
    for (std::int64_t i = 0; i < 15; ++i) {
      double expected = 0.0;
      for (std::int64_t k = 0; k < 6; ++k) expected += at(row, 6 * i + k);
      ASSERT_NEAR(at(sums, i), expected, 1e-6);
    }
  });
}

}  // namespace
}  // namespace seg::kernels
