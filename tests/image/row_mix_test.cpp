// SPDX-License-Identifier: Apache-2.0
#include "image/row_mix.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/random.h"
#include "tests/support/instruction_levels.h"

namespace seg {
namespace {

using testing::at_every_instruction_level;

std::vector<std::uint8_t> random_bytes(std::size_t size, std::uint64_t seed) {
  Random random(seed, RandomStream::synthetic, 0);
  std::vector<std::uint8_t> bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.bits());
  return bytes;
}

// low + (high - low) weight / 2^14, in double precision, where all of this is exact.
double between(double low, double high, std::int16_t weight) { return low + (high - low) * weight / (1 << 14); }

TEST(RowMix, RowsOfEverySizeAreRoundedToTheFraction) {
  at_every_instruction_level([] {
    for (std::size_t size = 1; size < 200; size += size < 70 ? 1 : 31) {
      const auto low = random_bytes(size, size), high = random_bytes(size, size + 1000);
      for (const int number : {0, 1, 127, 128, 5000, 8192, 16383}) {
        const auto weight = static_cast<std::int16_t>(number);
        std::vector<std::int16_t> mixed(size + 1, 77);
        mix_rows(low, high, weight, mixed.data());
        for (std::size_t i = 0; i < size; ++i) {
          ASSERT_EQ(mixed[i], std::floor(between(low[i], high[i], weight) * (1 << kFractionBits) + 0.5));
        }
        ASSERT_EQ(mixed[size], 77);  // nothing is written behind the end
      }
    }
  });
}

TEST(RowMix, EveryPairOfValuesIsExact) {
  at_every_instruction_level([] {
    std::vector<std::uint8_t> low, high;
    for (int a = 0; a < 256; ++a) {
      for (int b = 0; b < 256; ++b) {
        low.push_back(static_cast<std::uint8_t>(a));
        high.push_back(static_cast<std::uint8_t>(b));
      }
    }
    std::vector<std::int16_t> mixed(low.size());
    for (int weight = 0; weight < 1 << 14; weight += 1489) {
      mix_rows(low, high, static_cast<std::int16_t>(weight), mixed.data());
      for (std::size_t i = 0; i < low.size(); ++i) {
        const int scaled = (low[i] << 14) + (high[i] - low[i]) * weight;
        ASSERT_EQ(mixed[i], (scaled + 64) >> 7);
      }
    }
  });
}

// Columns of steps from an eighth of a pixel to far more than registers hold, either way round.
void check_columns(std::size_t channels, double step, bool is_reversed, std::size_t pixels) {
  Random random(static_cast<std::uint64_t>(step * 100) + channels, RandomStream::synthetic, 1);
  std::vector<std::int32_t> low;
  std::vector<std::int16_t> weight;
  for (std::size_t i = 0; i < pixels; ++i) {
    const double at = 0.3 + step * static_cast<double>(is_reversed ? pixels - 1 - i : i);
    low.push_back(static_cast<std::int32_t>(at));
    weight.push_back(static_cast<std::int16_t>(random.below(1 << 14)));
  }
  const auto width = static_cast<std::size_t>(std::max(low.front(), low.back())) + 2;
  std::vector<std::int16_t> row(width * channels + ColumnMix::slack(channels), 12345);
  for (std::size_t i = 0; i < width * channels; ++i) row[i] = static_cast<std::int16_t>(random.below(255 * 128 + 1));
  ColumnMix columns;
  columns.prepare(low, weight, channels);
  std::vector<std::uint8_t> out(pixels * channels + 64, 99);
  columns.mix(row.data(), std::span(out).first(pixels * channels));
  for (std::size_t i = 0; i < pixels; ++i) {
    for (std::size_t c = 0; c < channels; ++c) {
      const std::size_t from = static_cast<std::size_t>(low[i]) * channels + c;
      const double mixed = std::floor(between(row[from], row[from + channels], weight[i]) + 0.5);
      ASSERT_EQ(out[i * channels + c], std::floor(mixed / 128 + 0.5)) << "pixel " << i << " channel " << c;
    }
  }
  for (std::size_t i = pixels * channels; i < out.size(); ++i) ASSERT_EQ(out[i], 99);
}

TEST(RowMix, ColumnsAreThoseOfTheDefinition) {
  at_every_instruction_level([] {
    for (const std::size_t channels : {1U, 2U, 3U, 4U, 5U, 16U, 32U, 33U}) {
      for (const double step : {0.125, 0.5, 0.97, 1.0, 1.03, 1.7, 2.0, 3.1, 4.0, 9.0}) {
        SCOPED_TRACE(std::to_string(channels) + " channels, step " + std::to_string(step));
        for (const std::size_t pixels : {1U, 2U, 9U, 10U, 11U, 31U, 32U, 64U, 101U}) {
          check_columns(channels, step, false, pixels);
          check_columns(channels, step, true, pixels);
        }
      }
    }
  });
}

TEST(RowMix, NoColumnsAreNoWork) {
  ColumnMix columns;
  columns.prepare({}, {}, 3);
  columns.mix(nullptr, {});
}

}  // namespace
}  // namespace seg
