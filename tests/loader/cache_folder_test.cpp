// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "tests/support/environment_variables.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::EnvironmentVariables;
using testing::RecordingLog;
using testing::TemporaryFolder;

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

TEST(TryCacheFolder, LeavesNothingBehind) {
  const TemporaryFolder folder;
  RecordingLog log;
  try_cache_folder(folder / "a" / "b" / "", log);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  std::filesystem::create_directory(folder / "a");
  try_cache_folder(folder / "a" / "b", log);
  EXPECT_TRUE(std::filesystem::is_empty(folder / "a"));
  EXPECT_TRUE(log.texts.empty());
}

TEST(TryCacheFolder, TellsWhatCannotBeMadeOrWritten) {
  const TemporaryFolder folder;
  write_file(folder / "file", "x");
  EXPECT_THROW(try_cache_folder(folder / "file" / "cache", silent_log()), UserError);
  std::filesystem::create_directories(folder / "cache" / "pixels");  // in the place of the file
  RecordingLog log;
  try_cache_folder(folder / "cache", log);
  ASSERT_EQ(log.warnings.size(), 1U);
  EXPECT_NE(log.warnings[0].find("nothing will be added to this cache"), std::string::npos) << log.warnings[0];
}

}  // namespace
}  // namespace seg
