// SPDX-License-Identifier: Apache-2.0
#include "base/plain_text.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(PlainText, HasNoControlCharacters) {
  EXPECT_EQ(plain_text("a\x1b[31m\n\t\x7f b"), "a?[31m??? b");
  EXPECT_EQ(plain_text(std::string("a\0b", 3)), "a?b");
  EXPECT_EQ(plain_text("Straße/街.png"), "Straße/街.png");
  EXPECT_EQ(plain_text(""), "");
}

}  // namespace
}  // namespace seg
