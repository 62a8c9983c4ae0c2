// SPDX-License-Identifier: Apache-2.0
#include "evaluation/view_axis.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace seg {
namespace {

std::vector<std::int64_t> begins(std::int64_t size, std::int64_t window) {
  std::vector<std::int64_t> result;
  for (const Span& span : window_spans(size, window)) {
    EXPECT_EQ(span.length, std::min(size, window));
    result.push_back(span.begin);
  }
  return result;
}

TEST(ViewAxis, WindowsAreTwoThirdsApartAndTheLastEndsWithTheAxis) {
  EXPECT_EQ(begins(2048, 1024), (std::vector<std::int64_t>{0, 683, 1024}));
  EXPECT_EQ(begins(1024, 1024), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(begins(10, 1024), (std::vector<std::int64_t>{0}));
  EXPECT_EQ(begins(15, 9), (std::vector<std::int64_t>{0, 6}));
  EXPECT_EQ(begins(16, 9), (std::vector<std::int64_t>{0, 6, 7}));
}

TEST(ViewAxis, WindowsCoverEverything) {
  for (std::int64_t size = 1; size < 60; ++size)
    for (std::int64_t window = 1; window < 60; ++window) {
      std::int64_t covered = 0;
      for (const Span& span : window_spans(size, window)) {
        ASSERT_LE(span.begin, covered);
        covered = span.end();
      }
      ASSERT_EQ(covered, size);
    }
}

double read(const AxisTaps& taps, std::int64_t i, const std::vector<double>& values) {
  double sum = 0;
  for (std::size_t tap = 0; tap < taps.index.size(); ++tap)
    sum += static_cast<double>(taps.weight[tap].at(static_cast<std::size_t>(i))) *
           values.at(static_cast<std::size_t>(taps.index[tap].at(static_cast<std::size_t>(i))));
  return sum;
}

// Values that are their own places read back where a pixel lies.
TEST(ViewAxis, ReadsThePlaceOfAPixelInTheWindow) {
  const AxisTaps taps =
      axis_taps({.result = 16, .scaled = 32, .window = {8, 16}, .padded = 16, .values = 4, .rule = {.factor = 4}});
  EXPECT_EQ(taps.first, 4);  // whose centre is at 8.5
  EXPECT_EQ(taps.count, 8);
  const std::vector<double> places = {0, 1, 2, 3};
  EXPECT_NEAR(read(taps, 3, places), (6.5 + 0.5) / 4 - 0.5, 1e-6);  // pixel 7 is at 14.5, 6.5 in the window
  EXPECT_NEAR(read(taps, 0, places), 0.0, 1e-6);
}

TEST(ViewAxis, AMirroredWindowIsReadFromItsEnd) {
  const ViewAxis plain{.result = 12, .scaled = 12, .window = {0, 12}, .padded = 12, .values = 3, .rule = {.factor = 4}};
  ViewAxis mirrored = plain;
  mirrored.is_mirrored = true;
  const AxisTaps to = axis_taps(plain), back = axis_taps(mirrored);
  for (std::int64_t i = 0; i < 12; ++i) EXPECT_NEAR(read(to, i, {5, 7, 11}), read(back, 11 - i, {5, 7, 11}), 1e-6) << i;
}

TEST(ViewAxis, ByPixelsInterpolatesTwice) {
  const ViewAxis axis{.result = 5,
                      .scaled = 8,
                      .align_corners = true,
                      .by_pixels = true,
                      .window = {0, 8},
                      .padded = 8,
                      .values = 2,
                      .rule = {.factor = 4}};
  const AxisTaps taps = axis_taps(axis);
  ASSERT_EQ(taps.index.size(), 4U);
  // Pixel 1 is at 1.75; pixels 1 and 2 of the scaled image read -0.125 (the border: 0) and 0.125.
  EXPECT_NEAR(read(taps, 1, {0, 1}), 0.25 * 0.0 + 0.75 * 0.125, 1e-6);
}

TEST(ViewAxis, OnlyBilinearOutputsAreKnown) {
  EXPECT_THROW(axis_taps({.result = 4,
                          .scaled = 4,
                          .window = {0, 4},
                          .padded = 4,
                          .values = 1,
                          .rule = {.factor = 4, .mode = Interpolation::nearest}}),
               std::logic_error);
}

}  // namespace
}  // namespace seg
