// SPDX-License-Identifier: Apache-2.0
#include "dataset/sample_traits.h"

#include <gtest/gtest.h>

#include "config/dataset.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

TEST(SampleTraits, ChannelsBesideTheKindsColoursGetTheDefaults) {
  const std::vector<double> mean = {0.1, 0.2, 0.3};
  const DatasetConfig config;
  const DatasetTraits traits = sample_traits(config, LabelMapping(config, nullptr), {.channels = 4, .mean = mean});
  EXPECT_EQ(traits.mean, (std::vector<double>{0.1, 0.2, 0.3, 0.4}));
  EXPECT_EQ(traits.std, std::vector<double>(4, 0.2));
  EXPECT_EQ(traits.label_map, "none");
  EXPECT_EQ(traits.ignore_label, 255);
}

TEST(SampleTraits, ConfiguredValuesMustBeAsManyAsChannels) {
  DatasetConfig config;
  config.std = std::vector<double>{0.5, 0.5};
  const auto traits = [&](std::int64_t channels) {
    return sample_traits(config, LabelMapping(config, nullptr), {.channels = channels});
  };
  EXPECT_EQ(traits(2).std, *config.std);
  const Problem problem = testing::problem_of([&] { traits(3); });
  EXPECT_EQ(problem.where, "std");
  EXPECT_EQ(problem.what, "has 2 values for images of 3 channels");
}

}  // namespace
}  // namespace seg
