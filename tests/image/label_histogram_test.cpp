// SPDX-License-Identifier: Apache-2.0
#include "image/label_histogram.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace seg {
namespace {

TEST(LabelHistogram, CountsTheLabelsOfAView) {
  Random random(1, RandomStream::synthetic, 0);
  for (std::int64_t width = 1; width < 12; ++width) {
    LabelMap labels(7, width + 3);
    for (std::uint8_t& label : labels.values()) label = static_cast<std::uint8_t>(random.below(4) * 85);
    LabelHistogram expected{};
    for (std::int64_t y = 2; y < 6; ++y) {
      for (std::int64_t x = 1; x < 1 + width; ++x) ++expected[labels.row(y)[static_cast<std::size_t>(x)]];
    }
    EXPECT_EQ(histogram_of(LabelView(labels).part({2, 1, 4, width})), expected);
  }
}

TEST(LabelHistogram, OfNothingIsEmpty) { EXPECT_EQ(histogram_of({}), LabelHistogram{}); }

}  // namespace
}  // namespace seg
