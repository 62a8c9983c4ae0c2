// SPDX-License-Identifier: Apache-2.0
#include "base/lower_case.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(LowerCase, ChangesLettersOfAsciiAlone) {
  EXPECT_EQ(lower_case("Train_01.PNG [@Z]"), "train_01.png [@z]");
  EXPECT_EQ(lower_case("Stra\u00dfe \u00c4"), "stra\u00dfe \u00c4");
  EXPECT_EQ(lower_case(""), "");
}

}  // namespace
}  // namespace seg
