// SPDX-License-Identifier: Apache-2.0
#include "dataset/street/noise.h"

#include <gtest/gtest.h>

namespace seg::street {
namespace {

TEST(Noise, FloorsNegativeNumbersToo) {
  EXPECT_EQ(floor_of(1.75F), 1);
  EXPECT_EQ(floor_of(-0.25F), -1);
  EXPECT_EQ(floor_of(-2.0F), -2);
  EXPECT_FLOAT_EQ(fraction_of(-0.25F), 0.75F);
}

TEST(Noise, HashesAreTheSameEverywhere) {
  EXPECT_EQ(scrambled(1), 0x514e28b7U);  // published values of MurmurHash3's finaliser
  EXPECT_EQ(scrambled(0), 0U);
  EXPECT_NE(hash_at(1, 2, 3), hash_at(2, 1, 3));
  EXPECT_NE(hash_at(1, 2, 3), hash_at(1, 2, 4));
}

TEST(NoiseSheet, RepeatsWithoutASeamAndNeverJumps) {
  const float side = NoiseSheet::kSide;
  for (float x = -3; x < 3; x += 0.37F) {
    EXPECT_NEAR(clouds().at(x, 5.5F), clouds().at(x + side, 5.5F), 1e-4F);
    EXPECT_NEAR(clouds().at(5.5F, x), clouds().at(5.5F, x - side), 1e-4F);
    EXPECT_NEAR(clouds().at(x, x), clouds().at(x + 0.01F, x), 0.02F);
  }
}

TEST(NoiseSheet, FillsItsRangeAroundAHalf) {
  double sum = 0;
  float low = 1, high = 0;
  for (int i = 0; i < 128 * 128; ++i) {
    const float value = clouds().at(static_cast<float>(i % 128), static_cast<float>(i / 128));
    sum += static_cast<double>(value);
    low = value < low ? value : low;
    high = value > high ? value : high;
  }
  EXPECT_NEAR(sum / (128 * 128), 0.5, 0.03);
  EXPECT_GE(low, 0);
  EXPECT_LT(low, 0.15F);
  EXPECT_LE(high, 1);
  EXPECT_GT(high, 0.85F);
}

TEST(SensorGrain, IsCenteredAndOfTheDeviationItClaims) {
  double sum = 0, squares = 0;
  for (const std::int16_t grain : sensor_grain()) {
    sum += grain;
    squares += grain * grain;
  }
  EXPECT_NEAR(sum / kGrainLength, 0, 1);
  EXPECT_NEAR(squares / kGrainLength, kGrainDeviation * kGrainDeviation, 60);
}

}  // namespace
}  // namespace seg::street
