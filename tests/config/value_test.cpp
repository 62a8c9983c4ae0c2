// SPDX-License-Identifier: Apache-2.0
#include "config/value.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(ConfigValue, IsShownAsTomlWouldWriteIt) {
  EXPECT_EQ(text_of({true}), "true");
  EXPECT_EQ(text_of({std::int64_t{-3}}), "-3");
  EXPECT_EQ(text_of({0.25}), "0.25");
  EXPECT_EQ(text_of({std::string("a b")}), "\"a b\"");
  EXPECT_EQ(text_of({Untyped{"512x1024"}}), "512x1024");
  EXPECT_EQ(text_of({ConfigValue::List{{std::int64_t{1}}, {std::string("x")}}}), "[1, \"x\"]");
  EXPECT_EQ(text_of({ConfigValue::Table{{"0", {std::int64_t{0}}}, {"255", {std::int64_t{1}}}}}), "{0 = 0, 255 = 1}");
}

}  // namespace
}  // namespace seg
