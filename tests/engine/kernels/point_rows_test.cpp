// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/point_rows.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "tests/support/instruction_levels.h"

namespace seg::kernels {
namespace {

constexpr std::int64_t kHeight = 5, kWidth = 7, kCells = kHeight * kWidth, kCount = 40;

std::vector<float> random_values(std::int64_t count) {
  Random random(3, RandomStream::synthetic, 1);
  std::vector<float> values(static_cast<std::size_t>(count));
  // Multiples of 1/16, which bfloat16 has all.
  for (float& v : values) v = static_cast<float>(static_cast<double>(random.below(65)) - 32) / 16.0F;
  return values;
}

std::vector<std::uint16_t> halves(const std::vector<float>& values) {
  std::vector<std::uint16_t> result;
  for (const float v : values) result.push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(v) >> 16));
  return result;
}

float number(std::uint16_t v) { return std::bit_cast<float>(static_cast<std::uint32_t>(v) << 16); }

std::vector<PointPlace> places() {
  Random random(3, RandomStream::synthetic, 2);
  std::vector<PointPlace> result(kCount);
  for (PointPlace& place : result)
    place = place_of(static_cast<float>(random.uniform()), static_cast<float>(random.uniform()), {kHeight, kWidth},
                     PointPadding::zeros);
  return result;
}

std::size_t at(std::int64_t row, std::int64_t channels, std::int64_t channel) {
  return static_cast<std::size_t>(row * channels + channel);
}

TEST(PointRows, AreSampledAsTheirPlacesSay) {
  const std::vector<PointPlace> all = places();
  for (const std::int64_t channels : {1, 4, 19, 64}) {
    const std::vector<float> map = random_values(kCells * channels);
    const PointRows rows{.places = all.data(), .count = kCount, .channels = channels};
    testing::at_every_instruction_level([&] {
      std::vector<float> floats(static_cast<std::size_t>(kCount * channels));
      std::vector<std::uint16_t> bits(floats.size());
      sample_rows(rows, map.data(), floats.data());
      sample_rows(rows, halves(map).data(), bits.data());
      for (std::int64_t p = 0; p < kCount; ++p)
        for (std::int64_t c = 0; c < channels; ++c) {
          double expected = 0;
          const PointPlace& place = all[static_cast<std::size_t>(p)];
          for (int i = 0; i < 4; ++i)
            expected += static_cast<double>(place.weight[i]) * static_cast<double>(map[at(place.cell[i], channels, c)]);
          ASSERT_NEAR(static_cast<double>(floats[at(p, channels, c)]), expected, 1e-6);
          ASSERT_NEAR(static_cast<double>(number(bits[at(p, channels, c)])), expected, std::abs(expected) / 256 + 1e-6);
        }
    });
  }
}

TEST(PointRows, AreAddedWhereTheyCameFrom) {
  const std::vector<PointPlace> all = places();
  for (const std::int64_t channels : {1, 19, 64}) {
    const std::vector<float> gradients = random_values(kCount * channels);
    std::vector<double> expected(static_cast<std::size_t>(kCells * channels), 1.0);
    for (std::int64_t p = 0; p < kCount; ++p)
      for (std::int64_t c = 0; c < channels; ++c)
        for (int i = 0; i < 4; ++i) {
          const PointPlace& place = all[static_cast<std::size_t>(p)];
          expected[at(place.cell[i], channels, c)] +=
              static_cast<double>(place.weight[i]) * static_cast<double>(gradients[at(p, channels, c)]);
        }
    const PointRows rows{.places = all.data(), .count = kCount, .channels = channels};
    testing::at_every_instruction_level([&] {
      std::vector<float> of_floats(expected.size(), 1.0F), of_halves = of_floats;
      add_rows(rows, gradients.data(), of_floats.data());
      add_rows(rows, halves(gradients).data(), of_halves.data());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        ASSERT_NEAR(static_cast<double>(of_floats[i]), expected[i], 1e-5);
        ASSERT_EQ(of_halves[i], of_floats[i]);
      }
    });
  }
}

TEST(PointRows, AreNarrowedToTheNearest) {
  const std::vector<float> values = {1.0F, 1.00390625F, 1.01171875F, -3.25F};  // two of them half-way
  std::vector<std::uint16_t> bits(values.size());
  narrow(values.data(), static_cast<std::int64_t>(values.size()), bits.data());
  EXPECT_EQ(number(bits[0]), 1.0F);
  EXPECT_EQ(number(bits[1]), 1.0F);
  EXPECT_EQ(number(bits[2]), 1.015625F);
  EXPECT_EQ(number(bits[3]), -3.25F);
}

}  // namespace
}  // namespace seg::kernels
