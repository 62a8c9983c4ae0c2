// SPDX-License-Identifier: Apache-2.0
#include "dataset/plain_path.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace seg {
namespace {

TEST(PlainPath, IsTheSameHoweverAFileIsNamed) {
  for (const char* name : {"/data/a.png", "/data//a.png", "/data/./a.png", "/data/b/../a.png", "a.png", "./a.png"})
    EXPECT_EQ(plain_path(name, "/data/"), "/data/a.png") << name;
  EXPECT_EQ(plain_path("/data/.hidden/a.png", ""), "/data/.hidden/a.png");
}

TEST(PlainPath, OfARelativeOneIsWhatTheSystemSays) {
  EXPECT_EQ(plain_path("x/../a.png", current_folder()), std::filesystem::absolute("a.png").string());
}

}  // namespace
}  // namespace seg
