// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace seg {
namespace {

TEST(Text, FixedKeepsTheDecimalsAskedFor) {
  EXPECT_EQ(fixed(0.25, 4), "0.2500");
  EXPECT_EQ(fixed(-1.0 / 3, 2), "-0.33");
  EXPECT_EQ(fixed(std::nan(""), 2), "nan");
  EXPECT_EQ(fixed(-std::numeric_limits<double>::infinity(), 2), "-inf");
  EXPECT_EQ(fixed(std::numeric_limits<double>::max(), 0).size(), 309U);
}

TEST(Text, ShortestReadsBackToTheSameNumber) {
  for (const double value : {0.1, 1e-300, 123456789.125, 1.0 / 3}) EXPECT_EQ(std::stod(shortest(value)), value);
  EXPECT_EQ(shortest(0.01), "0.01");
}

TEST(Text, SharesAreShownInPercent) { EXPECT_EQ(percent(0.7544), "75.4"); }

TEST(Text, BytesTakeTheUnitThatFits) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1'500), "1.5 kB");
  EXPECT_EQ(bytes_text(999'999), "1.0 MB");
  EXPECT_EQ(bytes_text(123'000'000'000), "123 GB");
}

TEST(Text, CountsTakeTheUnitThatFits) {
  EXPECT_EQ(count_text(12), "12");
  EXPECT_EQ(count_text(5'230'000), "5.23 M");
  EXPECT_EQ(count_text(8.89e9), "8.89 G");
}

TEST(Text, DurationsReadLikeAClock) {
  EXPECT_EQ(duration_text(0.85), "850 ms");
  EXPECT_EQ(duration_text(4.25), "4.2 s");
  EXPECT_EQ(duration_text(59.2), "59 s");
  EXPECT_EQ(duration_text(185), "3:05");
  EXPECT_EQ(duration_text(7385), "2:03:05");
  EXPECT_EQ(duration_text(std::nan("")), "unknown");
}

TEST(Text, PaddedNumbersSortAsText) { EXPECT_EQ(padded(100, 6), "000100"); }

TEST(Text, JoinedPutsTheSeparatorBetween) {
  EXPECT_EQ(joined({"a", "b"}, ", "), "a, b");
  EXPECT_EQ(joined({}, ", "), "");
}

TEST(Text, SizesBlanksAndDigits) {
  EXPECT_EQ(size_text(320, 180), "320 x 180");
  EXPECT_EQ(trimmed(" \ta b\r\n"), "a b");
  EXPECT_EQ(trimmed(" \n"), "");
  EXPECT_TRUE(is_digits("007"));
  for (const char* text : {"", "-1", "1.5", "1 "}) EXPECT_FALSE(is_digits(text)) << text;
}

}  // namespace
}  // namespace seg
