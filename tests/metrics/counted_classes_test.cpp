// SPDX-License-Identifier: Apache-2.0
#include "metrics/counted_classes.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/metrics/label_maps.h"

namespace seg {
namespace {

using testing::map_of;

TEST(CountedClasses, LeaveOutPixelsWhoseLabelIsIgnored) {
  CountedClasses classes;
  classes.take(map_of({"012", "345"}), map_of({"00.", ".00"}), 255);
  EXPECT_EQ(classes.low(0)[1], 1);
  EXPECT_EQ(classes.high(0)[1], 1);
  EXPECT_TRUE(classes.counts(0, 1));
  EXPECT_FALSE(classes.counts(0, 2));
  EXPECT_FALSE(classes.counts(1, 0));
  EXPECT_EQ(classes.low(1)[2], 5);
}

TEST(CountedClasses, APredictionOfTheIgnoredNumberCountsLikeAnyOther) {
  CountedClasses classes;
  classes.take(map_of({"01"}), map_of({"10"}), 0);  // the label 0 is ignored
  EXPECT_TRUE(classes.counts(0, 0));
  EXPECT_FALSE(classes.counts(0, 1));
}

TEST(CountedClasses, NothingCountsAroundTheImage) {
  CountedClasses classes;
  classes.take(map_of({"11", "11", "11"}), map_of({"11", "11", "11"}), 255);
  for (const std::int64_t x : {-1, 0, 1, 2}) {
    EXPECT_FALSE(classes.counts(-1, x));
    EXPECT_FALSE(classes.counts(3, x));
  }
  for (const std::int64_t y : {0, 1, 2}) {
    EXPECT_FALSE(classes.counts(y, -1));
    EXPECT_FALSE(classes.counts(y, 2));
  }
  classes.take(map_of({"2"}), map_of({"2"}), 255);  // a smaller one in the same memory
  EXPECT_TRUE(classes.counts(0, 0));
  EXPECT_FALSE(classes.counts(0, 1));
}

TEST(CountedClasses, MapsOfDifferentSizesAreRefused) {
  CountedClasses classes;
  EXPECT_THROW(classes.take(map_of({"00"}), map_of({"0"}), 255), std::logic_error);
}

}  // namespace
}  // namespace seg
