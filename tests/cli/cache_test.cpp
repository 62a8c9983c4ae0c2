// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "cli/program.h"
#include "tests/cli/printed.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::Printed;
using testing::run;
using testing::TemporaryFolder;

Printed build(const TemporaryFolder& folder, const std::string& budget = "0.01") {
  return run({"cache", "dataset=Synthetic", "synthetic_images=6", "synthetic_val_images=3", "synthetic_size=64x96",
              "cropsize=64x64", "cache_dir=" + (folder / "cache").string(), "cache_budget_gb=" + budget, "--json"});
}

TEST(CacheCommand, KeepsEverySampleAndFindsThemAllTheSecondTime) {
  const TemporaryFolder folder;
  const Printed first = build(folder);
  ASSERT_EQ(first.code, kExitDone) << first.err;
  const nlohmann::json result = nlohmann::json::parse(first.out);
  EXPECT_EQ(result.at("samples"), 9);
  EXPECT_EQ(result.at("left_out"), 0);
  EXPECT_TRUE(result.at("complete"));
  const std::filesystem::path file = result.at("file").get<std::string>();
  EXPECT_EQ(file.parent_path().parent_path(), folder / "cache");
  const auto size = std::filesystem::file_size(file);
  EXPECT_GE(size, 9U * 64 * 96 * 3);

  const Printed second = build(folder);
  EXPECT_EQ(nlohmann::json::parse(second.out).at("samples"), 9);
  EXPECT_EQ(std::filesystem::file_size(file), size);
}

TEST(CacheCommand, ThatHasTooLittleRoomIsNotComplete) {
  const TemporaryFolder folder;
  const Printed small = build(folder, "0.0001");  // for about four of nine
  EXPECT_EQ(small.code, kExitUser);
  const nlohmann::json result = nlohmann::json::parse(small.out);
  EXPECT_FALSE(result.at("complete"));
  EXPECT_GT(result.at("samples"), 0);
  EXPECT_EQ(result.at("samples").get<int>() + result.at("left_out").get<int>(), 9);
  EXPECT_NE(small.err.find("are not kept: there is no more room"), std::string::npos) << small.err;
}

TEST(CacheCommand, TellsThatAnotherProcessAddsToIt) {
  const TemporaryFolder folder;
  const nlohmann::json result = nlohmann::json::parse(build(folder).out);
  const std::filesystem::path file = result.at("file").get<std::string>();
  const auto lock = FileLock::try_lock(file.parent_path() / "lock", nullptr);
  ASSERT_TRUE(lock);
  const Printed refused = build(folder);
  EXPECT_EQ(refused.code, kExitUser);
  EXPECT_NE(refused.err.find("nothing can be added to this cache now"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("adds to this cache"), std::string::npos) << refused.err;
}

}  // namespace
}  // namespace seg
