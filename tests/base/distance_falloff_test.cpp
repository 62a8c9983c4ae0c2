// SPDX-License-Identifier: Apache-2.0
#include "base/distance_falloff.h"

#include <gtest/gtest.h>

#include <cmath>

namespace seg {
namespace {

TEST(DistanceFalloff, IsTheGaussianOfDistancesInPixels) {
  const auto table = distance_falloff(5);
  EXPECT_EQ(table[0], 1);
  EXPECT_NEAR(table[8 * 5], std::exp(-0.5), 1e-15);  // one sigma away
  EXPECT_NEAR(table[8 * 10], std::exp(-2), 1e-15);
  EXPECT_NEAR(table[255], std::pow(2.0, -31.875 * 31.875 / 50 / std::log(2)), 1e-20);
  for (std::size_t i = 1; i < table.size(); ++i) EXPECT_LT(table[i], table[i - 1]);
}

TEST(DistanceFalloff, FarFromASharpBoundaryNothingIsLeft) { EXPECT_EQ(distance_falloff(0.1)[255], 0); }

}  // namespace
}  // namespace seg
