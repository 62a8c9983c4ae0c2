// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/signals.h"
#include "cli/program.h"
#include "tests/cli/printed.h"
#include "tests/dataset/image_folder.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::ImageFolder;
using testing::Printed;
using testing::run;
using testing::TemporaryFolder;

std::vector<std::string> command(const TemporaryFolder& folder, const std::string& budget) {
  return {"cache",
          "dataset=Synthetic",
          "synthetic_images=6",
          "synthetic_val_images=3",
          "synthetic_size=64x96",
          "cropsize=64x64",
          "cache_dir=" + (folder / "cache").string(),
          "cache_budget_gb=" + budget,
          "--json"};
}

// Of the files that list.txt in the folder names.
std::vector<std::string> cache_of_list(const ImageFolder& folder, int num_classes) {
  return {"cache",
          "dataset=CustomerDataset",
          "n_cats=" + std::to_string(num_classes),
          "im_root=" + folder.text(),
          "train_im_anns=list.txt",
          "val_im_anns=list.txt",
          "cache_dir=" + folder.text() + "/cache",
          "--json"};
}

Printed build(const TemporaryFolder& folder, const std::string& budget = "0.01") {
  return run(command(folder, budget));
}

Printed verify(const TemporaryFolder& folder) {
  std::vector<std::string> arguments = command(folder, "0.01");
  arguments.emplace_back("--verify");
  return run(arguments);
}

TEST(CacheCommand, KeepsDistancesIfAskedAndSaysWhatTheySave) {
  const TemporaryFolder folder;
  const nlohmann::json without = nlohmann::json::parse(build(folder).out);
  EXPECT_TRUE(without.at("distances").is_null());
  std::vector<std::string> arguments = command(folder, "0.01");
  arguments.insert(arguments.end(), {"distance_map=cache", "boundary_weight=2"});
  const Printed printed = run(arguments);
  ASSERT_EQ(printed.code, kExitDone) << printed.err;
  EXPECT_NE(printed.err.find("quicker here"), std::string::npos) << printed.err;
  const nlohmann::json result = nlohmann::json::parse(printed.out);
  EXPECT_EQ(result.at("samples"), 9);
  EXPECT_GT(result.at("bytes"), without.at("bytes")) << "the six for training are made anew";
  EXPECT_GT(result.at("distances").at("crops"), 40);
  EXPECT_GT(result.at("distances").at("online_ms"), 0.0);
  EXPECT_GT(result.at("distances").at("cache_ms"), 0.0);
  EXPECT_EQ(verify(folder).code, kExitDone);
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

TEST(CacheCommand, VerifiesWhatItKeeps) {
  const TemporaryFolder folder;
  EXPECT_EQ(verify(folder).code, kExitUser);
  EXPECT_NE(verify(folder).err.find("there is no cache to verify"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder / "cache"));
  const Printed both = run({"cache", "--verify", "--format", "hdf5", "dataset=Synthetic"});
  EXPECT_EQ(both.code, kExitUser);
  EXPECT_NE(both.err.find("looks at a cache"), std::string::npos) << both.err;
  const std::filesystem::path file = nlohmann::json::parse(build(folder).out).at("file").get<std::string>();
  const Printed whole = verify(folder);
  EXPECT_EQ(whole.code, kExitDone) << whole.err;
  EXPECT_EQ(nlohmann::json::parse(whole.out).at("samples"), 9);
  EXPECT_EQ(nlohmann::json::parse(whole.out).at("damaged"), 0);

  std::string pixels = read_text(file);
  pixels[1000] = static_cast<char>(pixels[1000] ^ 1);
  write_file(file, pixels);
  const Printed damaged = verify(folder);
  EXPECT_EQ(damaged.code, kExitUser);
  EXPECT_EQ(nlohmann::json::parse(damaged.out).at("damaged"), 1);
  EXPECT_NE(damaged.err.find("1 of 9 kept samples is damaged; what is damaged is not kept any more"), std::string::npos)
      << damaged.err;
  EXPECT_EQ(nlohmann::json::parse(verify(folder).out).at("samples"), 8);
  EXPECT_EQ(nlohmann::json::parse(build(folder).out).at("samples"), 9);
  EXPECT_EQ(verify(folder).code, kExitDone);
}

TEST(CacheCommand, VerifyNoticesALabelThatLooksUnchangedFromOutside) {
  const ImageFolder folder;
  const auto label = [&](int value) {
    folder.write_label("a_label.png", 40, 60, value);
    const std::filesystem::path path = folder / "a_label.png";
    std::filesystem::last_write_time(path, std::filesystem::file_time_type(std::chrono::hours(1)));
    return std::filesystem::file_size(path);
  };
  folder.write_image("a.png", {40, 60, 3, PixelType::u8});
  const auto size = label(1);
  folder.write("list.txt", "a.png,a_label.png\n");
  std::vector<std::string> words = cache_of_list(folder, 3);
  ASSERT_EQ(run(words).code, kExitDone);
  words.emplace_back("--verify");
  EXPECT_EQ(nlohmann::json::parse(run(words).out).at("labels_compared"), 1);
  ASSERT_EQ(label(2), size) << "or the file would be seen to have changed";
  const Printed told = run(words);
  EXPECT_EQ(told.code, kExitUser);
  EXPECT_NE(told.err.find("1 of 1 kept label is not that of its file"), std::string::npos) << told.err;
  EXPECT_NE(told.err.find("a_label.png"), std::string::npos) << told.err;
  EXPECT_EQ(run(words).code, kExitDone) << "it is not kept any more";
}

TEST(CacheCommand, VerifyLeavesAloneWhatItCannotRead) {
  const TemporaryFolder folder;
  const std::filesystem::path file = nlohmann::json::parse(build(folder).out).at("file").get<std::string>();
  const std::filesystem::path index = file.parent_path() / "index";
  std::string pixels = read_text(file);
  const std::string before = read_text(index);
  pixels[0] = static_cast<char>(pixels[0] ^ 1);
  write_file(file, pixels);
  const Printed damaged = verify(folder);
  EXPECT_EQ(damaged.code, kExitUser);
  EXPECT_NE(damaged.err.find("nothing of this cache can be read"), std::string::npos) << damaged.err;
  EXPECT_EQ(read_text(file), pixels);
  EXPECT_EQ(read_text(index), before);
  std::filesystem::remove(file);
  EXPECT_EQ(verify(folder).code, kExitUser);
  EXPECT_EQ(read_text(index), before);
  EXPECT_EQ(nlohmann::json::parse(build(folder).out).at("samples"), 9);
}

TEST(CacheCommand, TellsHowMuchIsThereAndFree) {
  const TemporaryFolder folder;
  EXPECT_NE(build(folder).err.find(" are free there"), std::string::npos);
  EXPECT_NE(build(folder).err.find(" are there already"), std::string::npos);
}

// Stale are two thirds of what three versions of four images take.
TEST(CacheCommand, AskedToStopItEndsBeforeItHasTidied) {
  const ImageFolder folder;
  std::string list;
  for (const char* name : {"a", "b", "c", "d"}) {
    folder.write_image(std::string(name) + ".png", {40, 60, 3, PixelType::u8});
    folder.write_label(std::string(name) + "_label.png", 40, 60);
    list += std::string(name) + ".png," + name + "_label.png\n";
  }
  folder.write("list.txt", list);
  const std::vector<std::string> words = cache_of_list(folder, 2);
  std::filesystem::path file;
  for (int version = 0; version < 3; ++version) {
    for (const char* name : {"a", "b", "c", "d"})
      std::filesystem::last_write_time(folder / (std::string(name) + ".png"),
                                       std::filesystem::file_time_type(std::chrono::hours(version)));
    const Printed built = run(words);
    ASSERT_EQ(built.code, kExitDone) << built.err;
    file = nlohmann::json::parse(built.out).at("file").get<std::string>();
  }
  const auto size = std::filesystem::file_size(file);
  EXPECT_TRUE(testing::exited_with(testing::run_in_child([&] {
                                     install_signal_handlers();
                                     raise(SIGTERM);
                                     return run(words).code;
                                   }),
                                   kExitStopped));
  ASSERT_TRUE(std::filesystem::exists(file));
  EXPECT_EQ(std::filesystem::file_size(file), size);
  const Printed tidied = run(words);
  EXPECT_GT(nlohmann::json::parse(tidied.out).at("reclaimed_bytes"), 0);
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(CacheCommand, AsksForRoomBeforeItBegins) {
  const TemporaryFolder folder;
  ASSERT_LT(std::filesystem::space(folder.path()).free, std::uintmax_t{1} << 40) << "it would be written";
  std::vector<std::string> words = command(folder, "65536");
  words.insert(words.end(), {"synthetic_images=100000", "synthetic_size=2048x2048"});
  const Printed refused = run(words);
  EXPECT_EQ(refused.code, kExitUser);
  EXPECT_NE(refused.err.find("has too little room: the cache would take about"), std::string::npos) << refused.err;
  EXPECT_FALSE(std::filesystem::exists(folder / "cache"));
}

TEST(CacheCommand, NamesWhatAnotherVersionHasLeftAndHowToRemoveIt) {
  const TemporaryFolder folder;
  EXPECT_TRUE(nlohmann::json::parse(build(folder).out).at("unused").empty());
  const std::filesystem::path old = folder / "cache" / "City'Scapes-01234567-0123456789abcdef";
  make_folder(old);
  write_file(old / "index", "123");
  for (const Printed& told : {build(folder), verify(folder)}) {
    const nlohmann::json unused = nlohmann::json::parse(told.out).at("unused");
    ASSERT_EQ(unused.size(), 1U);
    EXPECT_EQ(unused[0].at("folder"), old.string());
    EXPECT_EQ(unused[0].at("bytes"), 3);
    const std::string remedy =
        "To remove it: rm -r '" + (folder / "cache").string() + "/City'\\''Scapes-01234567-0123456789abcdef'";
    EXPECT_NE(told.err.find(remedy), std::string::npos) << told.err;
  }
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
  std::vector<std::string> words = command(folder, "0.01");
  words.emplace_back("--quiet");
  const Printed quiet = run(words);
  EXPECT_EQ(quiet.err.find("adds to this cache"), std::string::npos) << quiet.err;
  EXPECT_NE(quiet.err.find("another process adds to it"), std::string::npos) << "there is no line above";
}

}  // namespace
}  // namespace seg
