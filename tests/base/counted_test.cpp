// SPDX-License-Identifier: Apache-2.0
#include "base/counted.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace seg {
namespace {

TEST(Counted, ThingsAreOneOrMany) {
  EXPECT_EQ(counted(1, "step"), "1 step");
  EXPECT_EQ(counted(0, "step"), "0 steps");
  EXPECT_EQ(counted(std::size_t{2}, "image"), "2 images");
  EXPECT_EQ(counted(1, "class"), "1 class");
  EXPECT_EQ(counted(3, "class"), "3 classes");
  EXPECT_EQ(counted(std::int64_t{-1}, "micro-batch"), "-1 micro-batches");
  EXPECT_EQ(counted(4, "entry"), "4 entries");
  EXPECT_EQ(counted(5, "key"), "5 keys");
}

}  // namespace
}  // namespace seg
