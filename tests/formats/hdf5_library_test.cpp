// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5_library.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <new>
#include <utility>

#include "base/file.h"
#include "base/own_child.h"
#include "tests/formats/hdf5_maker.h"
#include "tests/support/child_process.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::contains;
using testing::Hdf5Maker;
using testing::Hdf5Recipe;
using testing::problem_of;

class Hdf5Library : public ::testing::Test {
 protected:
  Hdf5Array array(const std::string& name) const {
    return describe_by_library(path_, {.names = {name}}).at(0).arrays.at(0);
  }
  std::string what_of(const std::string& name) const {
    return problem_of([&] { describe_by_library(path_, {.names = {name}}); }).what;
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "a.h5";
};

TEST_F(Hdf5Library, SaysHowArraysLie) {
  {
    Hdf5Maker file(path_);
    file.add("whole", {.shape = {5, 6, 7, 3}});
    file.add("parts", {.shape = {5, 6, 7},
                       .chunk = {2, 4, 5},
                       .is_deep = true,
                       .is_big_endian = true,
                       .deflate = 4,
                       .has_shuffle = true,
                       .has_check = true});
    file.add_group("group");
    file.add("group/b", {.shape = {8, 9, 2}});
    file.add("group/a", {.shape = {8, 9}});
  }
  const std::vector<Hdf5Holding> holdings = describe_by_library(path_, {.names = {"whole", "parts", "group"}});
  ASSERT_EQ(holdings.size(), 3U);
  const Hdf5Array& whole = holdings[0].arrays.at(0);
  EXPECT_EQ(whole.shape, (Hdf5Shape{5, 6, 7, 3}));
  EXPECT_FALSE(whole.is_chunked());
  EXPECT_EQ(whole.value_bytes, 1);
  const Hdf5Array& parts = holdings[1].arrays.at(0);
  EXPECT_EQ(parts.shape, (Hdf5Shape{5, 6, 7, 1}));
  EXPECT_EQ(parts.chunk_shape, (Hdf5Shape{2, 4, 5, 1}));
  EXPECT_EQ(parts.value_bytes, 2);
  EXPECT_TRUE(parts.is_big_endian);
  EXPECT_EQ(parts.filters, (std::vector{Hdf5Filter::shuffle, Hdf5Filter::deflate, Hdf5Filter::fletcher32}));
  EXPECT_EQ(parts.chunks.size(), 3U * 2U * 2U);
  EXPECT_FALSE(holdings[0].is_group);
  const Hdf5Holding& group = holdings[2];
  EXPECT_TRUE(group.is_group);
  EXPECT_EQ(group.members, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(group.arrays.at(1).name, "group/b");
  EXPECT_EQ(group.arrays.at(1).shape, (Hdf5Shape{1, 8, 9, 2}));
  EXPECT_EQ(describe_by_library(path_, {.names = {"group"}, .most_members = 1}).at(0).members,
            std::vector<std::string>{"a"});
}

TEST_F(Hdf5Library, WhatIsNotReadIsRefusedByName) {
  {
    Hdf5Maker file(path_);
    const Hdf5Recipe recipe{.shape = {2, 3, 4}};
    file.add_empty("float", H5T_IEEE_F32LE, recipe);
    file.add_empty("signed", H5T_STD_I16LE, recipe);
    file.add_empty("long", H5T_STD_I64LE, recipe);
    file.add_empty("unwritten", H5T_STD_U8LE, recipe);
    file.add_empty("holes", H5T_STD_U8LE, {.shape = {2, 3, 4}, .chunk = {1, 3, 4}});
    file.add("flat", {.shape = {30}});
    file.add("empty", {.shape = {0, 3, 4}, .chunk = {1, 3, 4}});
    file.add("first", {.shape = {2, 3, 70, 80}});
    file.add_empty("endless", H5T_STD_U8LE, {.shape = {1, 1 << 15, 1 << 15}, .chunk = {1, 64, 64}});
    file.add_empty("large_chunks", H5T_STD_U8LE, {.shape = {64, 1 << 13, 1 << 13}, .chunk = {8, 1 << 13, 1 << 13}});
    file.add_empty("many_chunks", H5T_STD_U8LE, {.shape = {64, 1 << 13, 1 << 13}, .chunk = {1, 8, 8}});
    file.add("twice", {.shape = {2, 3, 4}, .chunk = {1, 3, 4}, .deflate = 1, .is_deflated_twice = true});
    file.add_empty("odd", H5T_STD_U8LE, {.shape = {2, 3, 4}, .chunk = {1, 3, 4}, .other_filter = 32000});
  }
  for (const char* name : {"float", "signed", "long"})
    EXPECT_TRUE(contains(what_of(name), "does not hold whole numbers of 8 or 16 bits without sign")) << name;
  EXPECT_TRUE(contains(what_of("unwritten"), "was never written"));
  EXPECT_TRUE(contains(what_of("holes"), "was never written"));
  EXPECT_TRUE(contains(what_of("flat"), "has 1 dimension"));
  EXPECT_TRUE(contains(what_of("empty"), "has an empty or an endless side"));
  EXPECT_TRUE(contains(what_of("first"), "has 80 channels: is it [N,C,H,W]?"));
  EXPECT_TRUE(contains(what_of("endless"), "has images of more than 256 million pixels"));
  EXPECT_TRUE(contains(what_of("large_chunks"), "has chunks of more than 256 MiB"));
  EXPECT_TRUE(contains(what_of("many_chunks"), "has more than 4 million chunks"));
  EXPECT_EQ(what_of("twice"), "array twice went through gzip twice, which this version does not undo");
  EXPECT_TRUE(contains(what_of("odd"), "went through the filter 32000"));
  EXPECT_EQ(what_of("nowhere"), "holds nothing called nowhere");
}

TEST_F(Hdf5Library, SaysShapesWithoutPlaces) {
  {
    Hdf5Maker file(path_);
    file.add("parts", {.shape = {5, 6, 7}, .chunk = {2, 4, 5}, .is_deep = true, .deflate = 4});
    file.add_empty("unwritten", H5T_STD_U8LE, {.shape = {2, 3, 4, 3}});
  }
  const auto holdings = describe_by_library(path_, {.names = {"parts", "unwritten"}, .has_places = false});
  const Hdf5Array& parts = holdings.at(0).arrays.at(0);
  EXPECT_EQ(parts.shape, (Hdf5Shape{5, 6, 7, 1}));
  EXPECT_EQ(parts.value_bytes, 2);
  EXPECT_FALSE(parts.is_chunked());
  EXPECT_TRUE(parts.chunks.empty());
  EXPECT_EQ(holdings.at(1).arrays.at(0).shape, (Hdf5Shape{2, 3, 4, 3}));
}

// Sanitizers end a process that has no memory.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Takes all memory that the process may have, in small blocks, and gives `blocks` of them back.
void leave_free(int blocks) {
  struct Block {
    Block* next;
    std::array<char, 1000> rest;
  };
  Block* first = nullptr;
  while (auto* const block = static_cast<Block*>(std::malloc(sizeof(Block)))) {
    block->next = first;
    first = block;
  }
  for (; blocks > 0 && first != nullptr; --blocks) std::free(std::exchange(first, first->next));
}

// However little there is: what is whole is not called damaged.
TEST_F(Hdf5Library, ThatRunsOutOfMemorySaysSo) {
  {
    Hdf5Maker file(path_);
    file.add_group("group");
    for (int i = 0; i < 3000; ++i) file.add("group/" + std::string(200, 'x') + std::to_string(i), {.shape = {2, 3}});
  }
  int num_failures = 0;
  for (const int blocks : {200, 500, 1000, 1500, 2000, 3000, 5000, 20000}) {
    const int status = testing::run_in_child([&] {
      confine_this_process({.parent = ::getppid(), .more_bytes = 32 << 20});
      leave_free(blocks);
      try {
        describe_by_library(path_, {.names = {"group"}});
        return 0;
      } catch (const std::bad_alloc&) {
        return 1;
      }
    });
    EXPECT_TRUE(testing::exited_with(status, 0) || testing::exited_with(status, 1)) << blocks << ": " << status;
    if (testing::exited_with(status, 1)) ++num_failures;
  }
  EXPECT_GT(num_failures, 3);
}
#endif

TEST_F(Hdf5Library, WhatIsThereButCannotBeOpenedIsNotCalledMissing) {
  const hid_t file = H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("nowhere", file, "link", H5P_DEFAULT, H5P_DEFAULT);
  H5Fclose(file);
  EXPECT_TRUE(contains(what_of("link"), "holds link, but it cannot be opened"));
}

TEST_F(Hdf5Library, GroupsHoldArraysOnly) {
  {
    Hdf5Maker file(path_);
    file.add_group("group");
    file.add_group("group/deeper");
  }
  EXPECT_EQ(what_of("group"), "array group/deeper is no array that can be read");
}

TEST_F(Hdf5Library, ArraysWithinOtherObjectsAreRefused) {
  {
    { Hdf5Maker(folder_ / "other.h5").add("a", {.shape = {1, 2, 3}}); }
    const hid_t file = H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hsize_t sides[] = {1, 2, 3};
    const hid_t space = H5Screate_simple(3, sides, nullptr), creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_layout(creation, H5D_COMPACT);
    H5Dclose(H5Dcreate2(file, "compact", H5T_STD_U8LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Pset_layout(creation, H5D_CONTIGUOUS);
    H5Pset_external(creation, (folder_ / "b.raw").c_str(), 0, 6);
    H5Dclose(H5Dcreate2(file, "outside", H5T_STD_U8LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Lcreate_external("other.h5", "a", file, "linked", H5P_DEFAULT, H5P_DEFAULT);
    H5Pclose(creation);
    H5Sclose(space);
    H5Fclose(file);
  }
  for (const char* name : {"compact", "outside"})
    EXPECT_TRUE(contains(what_of(name), "is stored within another object or another file"));
  EXPECT_TRUE(contains(what_of("linked"), "holds linked, but it cannot be opened"));
}

TEST_F(Hdf5Library, FilesThatAreNoneOrHaveABlockBeforeThemAreRefused) {
  write_file(path_, "no HDF5 at all");
  EXPECT_TRUE(contains(what_of("a"), "is no HDF5 file that can be opened"));
  { Hdf5Maker file(path_, 512); }
  EXPECT_TRUE(contains(what_of("a"), "a block of its writer's own"));
}

// The library looks only where it reads.
TEST_F(Hdf5Library, PlacesBeyondTheEndAreDamaged) {
  {
    Hdf5Maker file(path_);
    file.add("whole", {.shape = {2, 64, 64}});
    file.add("parts", {.shape = {2, 64, 64}, .chunk = {1, 64, 64}});
  }
  const std::string good = read_text(path_);
  // What stands before the place tells it from equal numbers elsewhere.
  const auto what_of_moved = [&](const std::string& name, const std::string& before, std::uint64_t place) {
    std::string file = good;
    const std::uint64_t far = file.size() - 100;
    const std::string number(reinterpret_cast<const char*>(&place), 8);
    file.replace(file.rfind(before + number) + before.size(), 8, std::string(reinterpret_cast<const char*>(&far), 8));
    write_file(path_, file);
    return what_of(name);
  };
  const std::uint64_t whole = array("whole").at, chunk = array("parts").chunks[1].at;
  EXPECT_EQ(what_of_moved("whole", "\3\1", whole), "array whole lies beyond the end of the file: it was cut short");
  EXPECT_EQ(what_of_moved("parts", "", chunk), "array parts is damaged");
}

TEST_F(Hdf5Library, ArraysWhoseChunksCannotBeFoundAreDamaged) {
  { Hdf5Maker(path_).add("a", {.shape = {3, 8, 8}, .chunk = {1, 8, 8}}); }
  std::string file = read_text(path_);
  file.replace(file.rfind("TREE"), 4, "none");  // the mark of their index
  write_file(path_, file);
  EXPECT_EQ(what_of("a"), "array a is damaged");
}

// A group's own table of names, whose mark is gone.
TEST_F(Hdf5Library, GroupsThatCannotBeWalkedAreDamaged) {
  {
    Hdf5Maker file(path_);
    file.add_group("group");
    file.add("group/a", {.shape = {2, 3}});
  }
  std::string file = read_text(path_);
  file.replace(file.rfind("SNOD"), 4, "none");
  write_file(path_, file);
  EXPECT_EQ(what_of("group"), "group group is damaged");
}

}  // namespace
}  // namespace seg
