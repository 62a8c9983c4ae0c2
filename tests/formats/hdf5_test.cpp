// SPDX-License-Identifier: Apache-2.0
// Through the child process: this test program's own main begins with hdf5_child_main().
#include "formats/hdf5.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <cstring>
#include <thread>

#include "base/file.h"
#include "base/random.h"
#include "base/signals.h"
#include "formats/hdf5_library.h"
#include "tests/formats/hdf5_maker.h"
#include "tests/support/child_process.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::contains;
using testing::Hdf5Maker;
using testing::problem_of;

class Hdf5 : public ::testing::Test {
 protected:
  std::vector<Hdf5Holding> describe(const std::vector<std::string>& names) const {
    return describe_hdf5(PositionedFile(path_), {.names = names});
  }
  Problem problem(const std::string& name) const {
    return problem_of([&] { describe({name}); });
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "a file's name.h5";
};

TEST_F(Hdf5, IsDescribedAsTheLibraryDoes) {
  {
    Hdf5Maker file(path_);
    file.add("whole", {.shape = {5, 6, 7, 3}});
    file.add("parts", {.shape = {5, 6, 7}, .chunk = {2, 4, 5}, .is_deep = true, .deflate = 4, .has_shuffle = true});
    file.add_group("group");
    file.add("group/a", {.shape = {8, 9}});
    file.add("group/b", {.shape = {4, 5, 2}});
  }
  const std::vector<Hdf5Holding> holdings = describe({"whole", "parts", "group"});
  const std::vector<Hdf5Holding> expected = describe_by_library(path_, {.names = {"whole", "parts", "group"}});
  ASSERT_EQ(holdings.size(), 3U);
  EXPECT_EQ(holdings[0].arrays[0].at, expected[0].arrays[0].at);
  ASSERT_EQ(holdings[1].arrays[0].chunks.size(), 12U);
  EXPECT_EQ(holdings[1].arrays[0].chunks[11].at, expected[1].arrays[0].chunks[11].at);
  EXPECT_EQ(holdings[1].arrays[0].filters, expected[1].arrays[0].filters);
  EXPECT_EQ(holdings[2].arrays[1].name, "group/b");
  EXPECT_EQ(holdings[2].arrays[1].at, expected[2].arrays[1].at);
}

TEST_F(Hdf5, WhatTheLibrarySideRefusesIsToldWithTheFileAsTheUserCallsIt) {
  { Hdf5Maker(path_).add_empty("float", H5T_IEEE_F32LE, {.shape = {2, 3, 4}}); }
  const Problem told = problem("float");
  EXPECT_EQ(told.where, path_.string());
  EXPECT_EQ(told.what, "array float does not hold whole numbers of 8 or 16 bits without sign");
  EXPECT_TRUE(contains(told.remedy, "astype"));
  EXPECT_EQ(problem("no \n\x1b thing").what, "holds nothing called no ?? thing");
}

// Its pixels would be read from the one that was opened, too.
TEST_F(Hdf5, DescribesTheFileThatIsOpenNotTheOneThatTookItsPlace) {
  { Hdf5Maker(path_).add("a", {.shape = {2, 3, 4}}); }
  const PositionedFile file(path_);
  std::filesystem::remove(path_);
  EXPECT_EQ(describe_hdf5(file, {.names = {"a"}}).at(0).arrays.at(0).shape, (Hdf5Shape{2, 3, 4, 1}));
  { Hdf5Maker(path_).add("a", {.shape = {2, 300, 400}}); }
  EXPECT_EQ(describe_hdf5(file, {.names = {"a"}}).at(0).arrays.at(0).shape, (Hdf5Shape{2, 3, 4, 1}));
}

// It was written anew in its place, and is longer than when it was opened.
TEST_F(Hdf5, DescriptionsOfWhatIsNotInTheFileAreNotBelieved) {
  { Hdf5Maker(path_).add("a", {.shape = {2, 3, 4}}); }
  const PositionedFile file(path_);
  { Hdf5Maker(path_).add("a", {.shape = {2, 300, 400}}); }
  const std::string what = problem_of([&] { describe_hdf5(file, {.names = {"a"}}); }).what;
  EXPECT_EQ(what, "cannot be read as HDF5: its description contradicts itself");
}

// A process each, so these are few: a part of the file, a bit turned, a number written over.
std::string damaged(const std::string& good, Random& random) {
  const std::size_t at = random.below(static_cast<std::uint32_t>(good.size() - 8));
  std::string content = good;
  switch (random.below(4)) {
    case 0: content.resize(at); break;
    case 1: content[at] = static_cast<char>(content[at] ^ 1 << random.below(8)); break;
    default: {
      constexpr std::array<std::uint64_t, 5> kNumbers = {0, 1, 255, std::uint64_t{1} << 40, ~std::uint64_t{0}};
      std::memcpy(&content[at], &kNumbers[random.below(5)], std::size_t{1} << random.below(4));
    }
  }
  return content;
}

TEST_F(Hdf5, DamagedFilesAreRefusedOrDescribedWithinTheFile) {
  {
    Hdf5Maker file(path_);
    file.add("parts", {.shape = {3, 8, 8}, .chunk = {1, 8, 8}, .deflate = 1});
    file.add_group("group");
    file.add("group/a", {.shape = {8, 9}});
  }
  const std::string good = read_text(path_);
  Random random(5, RandomStream::synthetic, 2);
  int refused = 0;
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 300; ++i) {
    const std::string content = damaged(good, random);
    testing::write_bytes(path_, std::as_bytes(std::span(content.data(), content.size())));
    const auto problem = testing::refusal_of([&] {
      for (const Hdf5Holding& holding : describe({"parts", "group"}))
        for (const Hdf5Array& array : holding.arrays) {
          EXPECT_LE(array.at, content.size()) << i;
          for (const Hdf5Chunk& chunk : array.chunks) EXPECT_LE(chunk.at + chunk.bytes, content.size()) << i;
        }
    });
    if (problem) ++refused;
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_GT(refused, 75);  // those that were cut, and more
}

TEST_F(Hdf5, AStopOfTheProgramIsNoFaultOfTheFile) {
  { Hdf5Maker(path_).add("a", {.shape = {2, 3, 4}}); }
  const int status = testing::run_in_child([&] {
    install_signal_handlers();
    ::raise(SIGINT);
    try {
      describe({"a"});
    } catch (const StopRequested&) {
      return 0;
    }
    return 1;
  });
  EXPECT_TRUE(testing::exited_with(status, 0)) << status;
}

TEST_F(Hdf5, ThreadsMayOpenAtOnce) {
  { Hdf5Maker(path_).add("parts", {.shape = {3, 8, 8}, .chunk = {1, 8, 8}}); }
  std::vector<std::thread> threads;
  std::vector<std::size_t> counts(4, 0);
  for (std::size_t& count : counts)
    threads.emplace_back([&] {
      for (int i = 0; i < 3; ++i) count += describe({"parts"}).at(0).arrays.at(0).chunks.size();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counts, std::vector<std::size_t>(4, 9));
}

}  // namespace
}  // namespace seg
