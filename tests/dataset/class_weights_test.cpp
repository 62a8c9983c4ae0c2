// SPDX-License-Identifier: Apache-2.0
#include "dataset/class_weights.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

using Weights = std::vector<double>;

TEST(ClassWeights, AreTheMedianOfTheFrequenciesOverEachOne) {
  // Frequencies 1/2, 1/4 and 1/8 of the images that show the class.
  const std::vector<ClassCount> counts = {{.pixels = 500, .pixels_of_images = 1000},
                                          {.pixels = 100, .pixels_of_images = 400},
                                          {.pixels = 10, .pixels_of_images = 80}};
  EXPECT_EQ(median_frequency_weights(counts), Weights({0.5, 1, 2}));
}

TEST(ClassWeights, OfAnEvenNumberTheMedianLiesBetween) {
  const std::vector<ClassCount> counts = {{.pixels = 1, .pixels_of_images = 2}, {.pixels = 1, .pixels_of_images = 4}};
  EXPECT_EQ(median_frequency_weights(counts), Weights({0.75, 1.5}));
}

TEST(ClassWeights, ClassesWithoutPixelsHaveOneAndDoNotMoveTheMedian) {
  const std::vector<ClassCount> counts = {{}, {.pixels = 1, .pixels_of_images = 2}, {}};
  EXPECT_EQ(median_frequency_weights(counts), Weights({1, 1, 1}));
  EXPECT_EQ(median_frequency_weights({{}, {}}), Weights({1, 1}));
}

}  // namespace
}  // namespace seg
