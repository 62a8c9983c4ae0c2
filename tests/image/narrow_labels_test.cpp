// SPDX-License-Identifier: Apache-2.0
#include "image/narrow_labels.h"

#include <gtest/gtest.h>

#include "tests/support/problem_of.h"

namespace seg {
namespace {

TEST(NarrowLabels, ValuesThatFitAreTakenAndOthersNamedByTheirPlaceInTheFile) {
  Image deep({2, 3, 1, PixelType::u16});
  for (std::int64_t y = 0; y < 2; ++y)
    for (std::size_t x = 0; x < 3; ++x) deep.row<std::uint16_t>(y)[x] = static_cast<std::uint16_t>(250 + 2 * y + x);
  LabelMap labels;
  narrow_labels(deep, "a.tif", {10, 20, 2, 3}, labels);
  EXPECT_EQ(labels.row(1)[2], 254);
  deep.row<std::uint16_t>(1)[1] = 256;
  const Problem problem = testing::problem_of([&] { narrow_labels(deep, "a.tif", {10, 20, 2, 3}, labels); });
  EXPECT_EQ(problem.where, "a.tif");
  EXPECT_EQ(problem.what, "label 256 of 16 bits at row 11, column 21, but class numbers have at most 8 bits");
}

}  // namespace
}  // namespace seg
