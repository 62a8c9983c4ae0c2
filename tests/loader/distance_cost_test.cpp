// SPDX-License-Identifier: Apache-2.0
#include "loader/distance_cost.h"

#include <gtest/gtest.h>

#include "loader/cache_budget.h"
#include "loader/memory_store.h"
#include "loader/sample_cache.h"
#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;

TEST(DistanceCost, IsMeasuredBothWaysAndPassesOverBadFiles) {
  const FakeDataset dataset({.bad = {2}});
  CacheBudget memory(1 << 24);
  MemoryStore store(dataset.size(), memory, dataset.traits().ignore_label);
  const ReaderSource source(dataset, store);
  (void)read_all(source, 1);
  CropOptions options;
  options.augmentation = {.crop_height = 33, .crop_width = 47, .scale_low = 0.5, .scale_high = 2, .rot90 = 0.3};
  const DistanceCost cost = measure_distances(source, options);
  EXPECT_GT(cost.crops, 30);
  EXPECT_LT(cost.crops, 48);
  EXPECT_GT(cost.online_milliseconds, 0);
  EXPECT_GT(cost.kept_milliseconds, 0);
  EXPECT_EQ(measure_distances(FakeDataset({.size = 1, .bad = {0}}), options).crops, 0);
}

TEST(DistanceCost, NamesAQuickerWayWhereTheDifferenceIsMoreThanNoise) {
  const auto quicker = [](double online, double kept) {
    return quicker_distances({.crops = 48, .online_milliseconds = online, .kept_milliseconds = kept});
  };
  EXPECT_EQ(quicker(0.7, 0.9), "online");
  EXPECT_EQ(quicker(0.9, 0.7), "cache");
  EXPECT_EQ(quicker(0.0070, 0.0072), "either");
  EXPECT_EQ(quicker(1.0, 0.92), "either");
  EXPECT_EQ(quicker(0.0004, 0.0002), "either") << "of three digits that are shown none differs by one";
  EXPECT_EQ(quicker(0, 0), "either");
}

}  // namespace
}  // namespace seg
