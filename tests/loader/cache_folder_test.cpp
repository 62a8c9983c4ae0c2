// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

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

void write_file_in(const std::filesystem::path& folder, const char* name, const char* text) {
  make_folder(folder);
  write_file(folder / name, text);
}

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

// Another version of a library stands for all that makes another name.
TEST(UnusedCaches, AreThoseOfOtherDecoders) {
  const TemporaryFolder folder;
  const std::filesystem::path used = cache_folder(folder.path().string(), "CityScapes", "a map");
  const std::string name = used.filename().string();
  const auto renamed = [&](std::size_t at) {
    std::string other = name;
    other[at] = other[at] == '0' ? '1' : '0';
    return folder / other;
  };
  const std::size_t decoders = std::string("CityScapes-").size();
  const auto unused = renamed(decoders), scans_only = renamed(decoders + 1), of_somebody = renamed(decoders + 2);
  for (const auto& cache : {used, renamed(name.size() - 1), unused}) write_file_in(cache, "index", "12345");
  write_file_in(unused, "pixels-1", "1234567");
  write_file_in(scans_only / "scan-1", "record", "12");
  write_file_in(of_somebody, "photo.png", "1");
  write_file_in(folder / "CityScapes-12", "index", "1");
  const std::vector<UnusedCache> found = unused_caches(folder.path());
  ASSERT_EQ(found.size(), 2U);
  for (const UnusedCache& cache : found) {
    EXPECT_TRUE(cache.folder == unused || cache.folder == scans_only) << cache.folder;
    EXPECT_EQ(cache.bytes, cache.folder == unused ? 12 : 2);
  }
}

TEST(UnusedCaches, AreNoneWhereThereIsNoFolder) {
  const TemporaryFolder folder;
  EXPECT_TRUE(unused_caches(folder / "none").empty());
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
  std::filesystem::create_directories(folder / "cache" / "index");  // in the place of the file
  RecordingLog log;
  try_cache_folder(folder / "cache", log);
  ASSERT_EQ(log.warnings.size(), 1U);
  EXPECT_NE(log.warnings[0].find("nothing will be added to this cache"), std::string::npos) << log.warnings[0];
}

}  // namespace
}  // namespace seg
