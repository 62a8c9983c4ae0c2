// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "loader/packed_sample.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::RecordingLog;
using testing::TemporaryFolder;

constexpr std::int64_t kPlenty = std::int64_t{1} << 40;

CacheKey key(std::uint64_t number) { return {.high = number, .low = 3 * number}; }

// A sample that differs from number to number.
Bytes packed(std::uint64_t number) {
  Image image(ImageLayout{.height = 70, .width = 5 + static_cast<std::int64_t>(number % 3), .channels = 1});
  LabelMap label(image.height(), image.width());
  std::ranges::fill(image.bytes(), static_cast<std::byte>(number));
  std::ranges::fill(label.values(), static_cast<std::uint8_t>(number));
  Bytes bytes;
  pack_sample(image, label, bytes);
  return bytes;
}

bool has(CacheFile& file, std::uint64_t number) { return std::ranges::equal(file.find(key(number)), packed(number)); }

void fill(const fs::path& folder, std::uint64_t first, std::uint64_t count) {
  CacheFile file(folder, kPlenty, silent_log());
  for (std::uint64_t i = first; i < first + count; ++i) ASSERT_FALSE(file.add(key(i), packed(i)).empty());
}

std::string content(const fs::path& path) { return read_text(path); }

TEST(CacheFile, KeepsWhatItIsGivenForLaterRuns) {
  const TemporaryFolder folder;
  {
    CacheFile file(folder / "a" / "b", kPlenty, silent_log());
    EXPECT_TRUE(file.may_add());
    EXPECT_TRUE(file.find(key(1)).empty());
    const auto place = file.add(key(1), packed(1));
    EXPECT_TRUE(std::ranges::equal(place, packed(1)));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(place.data()) % kPackedAlignment, 0U);
    EXPECT_TRUE(has(file, 1));
  }
  fill(folder / "a" / "b", 2, 5);
  CacheFile file(folder / "a" / "b", kPlenty, silent_log());
  EXPECT_EQ(file.num_samples(), 6U);
  for (std::uint64_t i = 1; i < 7; ++i) EXPECT_TRUE(has(file, i)) << i;
  EXPECT_TRUE(file.find(key(7)).empty());
}

TEST(CacheFile, OneProcessAddsAndOthersRead) {
  const TemporaryFolder folder;
  CacheFile first(folder.path(), kPlenty, silent_log());
  (void)first.add(key(1), packed(1));
  RecordingLog log;
  CacheFile second(folder.path(), kPlenty, log);
  EXPECT_FALSE(second.may_add());
  ASSERT_EQ(log.texts.size(), 1U);
  EXPECT_NE(log.texts[0].find("adds to this cache"), std::string::npos);
  EXPECT_TRUE(has(second, 1));
  EXPECT_TRUE(second.add(key(2), packed(2)).empty());
  EXPECT_FALSE(second.take_room(1));
  (void)first.add(key(2), packed(2));
  EXPECT_TRUE(has(first, 2));
  EXPECT_TRUE(second.find(key(2)).empty());  // it came later
}

TEST(CacheFile, AnyCutOfTheIndexLosesOnlyWhatWasCutOff) {
  const TemporaryFolder folder;
  fill(folder / "whole", 1, 3);
  const std::string index = content(folder / "whole" / "index"), pixels = content(folder / "whole" / "pixels");
  for (std::size_t size = 64; size <= index.size(); size += 7) {
    const fs::path cut = folder / std::to_string(size);
    fs::create_directories(cut);
    write_file(cut / "pixels", pixels);
    write_file(cut / "index", index.substr(0, size));
    {
      CacheFile file(cut, kPlenty, silent_log());
      for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_EQ(has(file, i), 64 * (i + 1) <= size) << size;
      for (std::uint64_t i = 1; i <= 3; ++i) {
        const bool is_lost = !has(file, i);
        ASSERT_EQ(is_lost && file.add(key(i), packed(i)).empty(), false);
      }
    }
    CacheFile again(cut, kPlenty, silent_log());
    for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(has(again, i)) << size;
    fs::remove_all(cut);
  }
}

TEST(CacheFile, AnyCutOfThePixelsLosesOnlyWhatWasCutOff) {
  const TemporaryFolder folder;
  fill(folder / "whole", 1, 2);
  const std::string index = content(folder / "whole" / "index"), pixels = content(folder / "whole" / "pixels");
  for (std::size_t size = 0; size <= pixels.size(); size += 13) {
    const fs::path cut = folder / std::to_string(size);
    fs::create_directories(cut);
    write_file(cut / "pixels", pixels.substr(0, size));
    write_file(cut / "index", index);
    {
      CacheFile file(cut, kPlenty, silent_log());
      ASSERT_EQ(has(file, 1), size >= 64 + packed(1).size()) << size;
      ASSERT_EQ(has(file, 2), size >= pixels.size()) << size;
      // What is added now lies where lost samples were; their records must not bring it to light.
      for (std::uint64_t i = 10; i < 14; ++i) ASSERT_FALSE(file.add(key(i), packed(i)).empty());
    }
    CacheFile again(cut, kPlenty, silent_log());
    for (std::uint64_t i = 10; i < 14; ++i) ASSERT_TRUE(has(again, i)) << size;
    for (std::uint64_t i = 1; i <= 2; ++i) ASSERT_TRUE(again.find(key(i)).empty() || has(again, i)) << size << ' ' << i;
    fs::remove_all(cut);
  }
}

TEST(CacheFile, AFlippedBitIsFoundSaidAndMendedByAddingAnew) {
  const TemporaryFolder folder;
  fill(folder / "whole", 1, 2);
  const std::string index = content(folder / "whole" / "index"), pixels = content(folder / "whole" / "pixels");
  for (std::size_t at = 64; at < 64 + packed(1).size(); at += 5) {
    std::string damaged = pixels;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    const fs::path place = folder / std::to_string(at);
    fs::create_directories(place);
    write_file(place / "pixels", damaged);
    write_file(place / "index", index);
    RecordingLog log;
    {
      CacheFile file(place, kPlenty, log);
      ASSERT_TRUE(file.find(key(1)).empty()) << at;
      ASSERT_TRUE(file.find(key(1)).empty()) << at;
      ASSERT_TRUE(has(file, 2));
      ASSERT_FALSE(file.add(key(1), packed(1)).empty());
    }
    ASSERT_EQ(log.texts.size(), 1U);
    ASSERT_NE(log.texts[0].find("is damaged"), std::string::npos);
    CacheFile again(place, kPlenty, silent_log());
    ASSERT_TRUE(has(again, 1));
    fs::remove_all(place);
  }
}

TEST(CacheFile, FilesThatDoNotBelongTogetherAreBegunAnew) {
  const TemporaryFolder folder;
  fill(folder / "a", 1, 2);
  fill(folder / "b", 1, 2);
  write_file(folder / "a" / "index", content(folder / "b" / "index"));
  {
    CacheFile file(folder / "a", kPlenty, silent_log());
    EXPECT_EQ(file.num_samples(), 0U);
    EXPECT_TRUE(file.may_add());
  }
  write_file(folder / "b" / "pixels", "something else");
  CacheFile file(folder / "b", kPlenty, silent_log());
  EXPECT_EQ(file.num_samples(), 0U);
  EXPECT_FALSE(file.add(key(1), packed(1)).empty());
}

// A folder in the place of the lock stands for whatever keeps this process from writing (root may write anywhere).
TEST(CacheFile, WithoutTheRightToWriteItReads) {
  const TemporaryFolder folder;
  fill(folder.path(), 1, 2);
  fs::remove(folder / "lock");
  fs::create_directory(folder / "lock");
  RecordingLog log;
  CacheFile file(folder.path(), kPlenty, log);
  EXPECT_FALSE(file.may_add());
  EXPECT_TRUE(has(file, 2));
  ASSERT_EQ(log.texts.size(), 1U);
  EXPECT_NE(log.texts[0].find("nothing is added to this cache"), std::string::npos);
}

TEST(CacheFile, AFolderThatCannotBeMadeIsAnError) {
  const TemporaryFolder folder;
  write_file(folder / "file", "x");
  EXPECT_THROW(CacheFile(folder / "file" / "cache", kPlenty, silent_log()), UserError);
}

TEST(CacheFile, KeepsToItsBudgetWithWhatIsThereAlready) {
  const TemporaryFolder folder;
  fill(folder.path(), 1, 2);
  const auto there = static_cast<std::int64_t>(fs::file_size(folder / "pixels"));
  CacheFile file(folder.path(), there + 100, silent_log());
  EXPECT_FALSE(file.take_room(101));
  EXPECT_TRUE(file.take_room(60));
  EXPECT_FALSE(file.take_room(60));
  file.give_room_back(20);
  EXPECT_TRUE(file.take_room(60));
}

// The limit of a file's size stands for a full disk.
TEST(CacheFile, AFullDiskIsSaidOnceAndNothingHalfIsUsed) {
  const TemporaryFolder folder;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  RecordingLog log;
  {
    CacheFile file(folder.path(), kPlenty, log);
    EXPECT_FALSE(file.add(key(1), packed(1)).empty());
    rlimit small = before;
    small.rlim_cur = fs::file_size(folder / "pixels") + 200;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_TRUE(file.add(key(2), packed(2)).empty());
    EXPECT_TRUE(file.add(key(3), packed(3)).empty());
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_FALSE(file.may_add());
    EXPECT_TRUE(has(file, 1));
    EXPECT_TRUE(file.find(key(2)).empty());
  }
  std::signal(SIGXFSZ, handler);
  ASSERT_EQ(log.texts.size(), 1U);
  EXPECT_NE(log.texts[0].find("nothing more is added to this cache"), std::string::npos) << log.texts[0];
  CacheFile again(folder.path(), kPlenty, silent_log());
  EXPECT_TRUE(has(again, 1));
  EXPECT_EQ(again.num_samples(), 1U);
  EXPECT_FALSE(again.add(key(2), packed(2)).empty());
}

TEST(CacheFile, ThreadsAddAndFindAtOnce) {
  const TemporaryFolder folder;
  {
    CacheFile file(folder.path(), kPlenty, silent_log());
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 0; t < 4; ++t)
      threads.emplace_back([&file, t] {
        for (std::uint64_t i = 0; i < 25; ++i) {
          (void)file.add(key(100 * t + i), packed(100 * t + i));
          (void)file.find(key(100 * ((t + 1) % 4) + i));
        }
      });
  }
  CacheFile file(folder.path(), kPlenty, silent_log());
  EXPECT_EQ(file.num_samples(), 100U);
  for (std::uint64_t t = 0; t < 4; ++t)
    for (std::uint64_t i = 0; i < 25; ++i) ASSERT_TRUE(has(file, 100 * t + i));
}

}  // namespace
}  // namespace seg
