// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/error.h"
#include "tests/support/environment_variables.h"

namespace seg {
namespace {

using testing::EnvironmentVariables;

TEST(CacheFolder, IsTheOneConfiguredOrThatOfTheUser) {
  const EnvironmentVariables before({"XDG_CACHE_HOME", "HOME"});
  setenv("XDG_CACHE_HOME", "/x", 1);
  setenv("HOME", "/h", 1);
  const std::string name = cache_folder("/fast", "CityScapes", "decoder 1").filename();
  EXPECT_EQ(cache_folder("/fast", "CityScapes", "decoder 1").parent_path(), "/fast");
  EXPECT_TRUE(name.starts_with("CityScapes-")) << name;
  EXPECT_NE(cache_folder("/fast", "CityScapes", "decoder 2").filename(), name);
  EXPECT_EQ(cache_folder({}, "CityScapes", "decoder 1").parent_path(), "/x/segtrain");
  unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(cache_folder({}, "CityScapes", "decoder 1").parent_path(), "/h/.cache/segtrain");
  unsetenv("HOME");
  try {
    (void)cache_folder({}, "CityScapes", "decoder 1");
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().at(0).where, "cache_dir");
  }
}

}  // namespace
}  // namespace seg
