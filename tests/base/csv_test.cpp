// SPDX-License-Identifier: Apache-2.0
#include "base/csv.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(CsvField, StaysPlainWhereNothingCouldBeMistaken) { EXPECT_EQ(csv_field("a b;c"), "a b;c"); }

TEST(CsvField, IsQuotedAroundWhatSeparates) {
  EXPECT_EQ(csv_field("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_field("two\nlines"), "\"two\nlines\"");
  EXPECT_EQ(csv_field("5\" disk"), "\"5\"\" disk\"");
}

}  // namespace
}  // namespace seg
