// SPDX-License-Identifier: Apache-2.0
#include "base/spelling.h"

#include <gtest/gtest.h>

#include <array>

namespace seg {
namespace {

TEST(Spelling, CountsEdits) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("flip", "flip"), 0U);
  EXPECT_EQ(edit_distance("flip", ""), 4U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("num_wrokers", "num_workers"), 1U);  // a swap is one slip
  EXPECT_EQ(edit_distance("ca", "abc"), 3U);
  EXPECT_EQ(edit_distance("Num-Workers", "num_workers"), 0U);
}

TEST(Spelling, FindsWhatWasMeant) {
  constexpr std::array<std::string_view, 4> names = {"lr_start", "num_workers", "flip", "max_iter"};
  EXPECT_EQ(nearest("num_worker", names), "num_workers");
  EXPECT_EQ(nearest("lr-start", names), "lr_start");
  EXPECT_EQ(nearest("maxiter", names), "max_iter");
}

TEST(Spelling, DoesNotGuessWildly) {
  constexpr std::array<std::string_view, 3> names = {"lr_start", "flip", "ss"};
  EXPECT_EQ(nearest("tensorboard", names), std::nullopt);
  EXPECT_EQ(nearest("ab", names), std::nullopt);
  EXPECT_EQ(nearest("", names), std::nullopt);
  EXPECT_EQ(nearest("foo", std::array<std::string_view, 1>{"off"}), std::nullopt);
}

}  // namespace
}  // namespace seg
