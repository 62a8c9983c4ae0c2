// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5_writer.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>

#include "base/file.h"
#include "formats/hdf5_values.h"
#include "tests/support/child_process.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

Bytes pixels_of(const Hdf5NewArray& array, int first) {
  Bytes pixels(static_cast<std::size_t>(array.shape[1] * array.shape[2] * array.shape[3] * array.value_bytes));
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::byte>(first + 7 * static_cast<int>(i));
  return pixels;
}

Bytes read(const PositionedFile& file, const Hdf5Array& array, std::int64_t image) {
  Bytes pixels(static_cast<std::size_t>(array.shape[1] * array.shape[2] * array.shape[3] * array.value_bytes));
  read_hdf5_window(file, array, {image, 0, 0, array.shape[1], array.shape[2]}, pixels);
  return pixels;
}

// From now on the system refuses to close files that are opened from this one on, as network file systems do that keep
// what is written and find no room for it. False where a process may not have the system refuse it anything.
bool refuse_to_close(std::uint32_t first) {
  constexpr auto kCall = static_cast<std::uint32_t>(offsetof(seccomp_data, nr));
  constexpr auto kFile = static_cast<std::uint32_t>(offsetof(seccomp_data, args));
  std::array<sock_filter, 6> rules = {sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, kCall},
                                      sock_filter{BPF_JMP | BPF_JEQ | BPF_K, 0, 3, SYS_close},
                                      sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, kFile},
                                      sock_filter{BPF_JMP | BPF_JGE | BPF_K, 0, 1, first},
                                      sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSPC},
                                      sock_filter{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  sock_fprog program{.len = rules.size(), .filter = rules.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

class Hdf5WriterTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "a.h5";
};

TEST_F(Hdf5WriterTest, WritesStackedImagesInAnyOrder) {
  const Hdf5NewArray images{.name = "raw/images", .shape = {3, 4, 5, 3}, .value_bytes = 2, .is_stacked = true};
  const Hdf5NewArray labels{.name = "labels", .shape = {3, 4, 5, 1}, .is_stacked = true, .is_compressed = true};
  {
    Hdf5Writer writer(path_);
    const std::size_t first = writer.add(images), second = writer.add(labels);
    for (const std::int64_t i : {2, 0, 1}) {
      writer.write(first, i, pixels_of(images, static_cast<int>(i)));
      writer.write(second, i, pixels_of(labels, 100 + static_cast<int>(i)));
    }
    EXPECT_FALSE(std::filesystem::exists(path_));
    writer.commit();
  }
  const PositionedFile file(path_);
  const auto holdings = describe_hdf5(file, {.names = {"raw/images", "labels"}});
  const Hdf5Array& read_images = holdings[0].arrays[0];
  const Hdf5Array& read_labels = holdings[1].arrays[0];
  EXPECT_EQ(read_images.shape, images.shape);
  EXPECT_FALSE(read_images.is_chunked());
  EXPECT_EQ(read_labels.chunk_shape, (Hdf5Shape{1, 4, 5, 1}));
  for (std::int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read(file, read_images, i), pixels_of(images, static_cast<int>(i)));
    EXPECT_EQ(read(file, read_labels, i), pixels_of(labels, 100 + static_cast<int>(i)));
  }
}

TEST_F(Hdf5WriterTest, WritesAnArrayForEachImageOfAGroup) {
  const Hdf5NewArray image{.name = "images/000000", .shape = {1, 4, 5, 1}};
  const Hdf5NewArray large{
      .name = "images/000001", .shape = {1, 1500, 1000, 1}, .value_bytes = 2, .is_compressed = true};
  {
    Hdf5Writer writer(path_);
    writer.add_image(image, pixels_of(image, 3));
    writer.add_image(large, pixels_of(large, 4));
    writer.commit();
  }
  const PositionedFile file(path_);
  const Hdf5Holding group = describe_hdf5(file, {.names = {"images"}}).at(0);
  EXPECT_EQ(group.members, (std::vector<std::string>{"000000", "000001"}));
  EXPECT_EQ(read(file, group.arrays[0], 0), pixels_of(image, 3));
  EXPECT_EQ(group.arrays[1].chunk_shape, (Hdf5Shape{1, 524, 1000, 1}));  // of about a MiB
  EXPECT_EQ(read(file, group.arrays[1], 0), pixels_of(large, 4));
}

TEST_F(Hdf5WriterTest, LeavesNothingWithoutCommit) {
  {
    Hdf5Writer writer(path_);
    writer.add({.name = "images", .shape = {3, 4, 5, 3}, .is_stacked = true});
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Hdf5WriterTest, TellsOfAFullDiskAndLeavesNothing) {
  const int status = testing::run_in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{.rlim_cur = 1 << 16, .rlim_max = 1 << 16};
    if (::setrlimit(RLIMIT_FSIZE, &small) != 0) return 1;
    const Hdf5NewArray images{.name = "images", .shape = {50, 64, 64, 3}, .is_stacked = true};
    const Problem problem = testing::problem_of([&] {
      Hdf5Writer writer(path_);
      const std::size_t array = writer.add(images);
      for (std::int64_t i = 0; i < 50; ++i) writer.write(array, i, pixels_of(images, 1));
      writer.commit();
    });
    if (problem.where != path_.string()) return 2;
    return problem.what.starts_with("cannot be written as HDF5") ? 0 : 3;
  });
  EXPECT_TRUE(testing::exited_with(status, 0)) << status;
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(Hdf5WriterTest, WhatIsLostWhenAFileIsClosedIsAnError) {
  const int status = testing::run_in_child([&] {
    constexpr int kNotAllowed = 50;
    const Hdf5NewArray images{.name = "images", .shape = {1, 8, 8, 3}, .is_stacked = true};
    Hdf5Writer writer(path_);
    writer.write(writer.add(images), 0, pixels_of(images, 1));
    const int next = ::dup(0);
    if (!refuse_to_close(static_cast<std::uint32_t>(next - 1))) return kNotAllowed;  // the library's was the last
    const Problem problem = testing::problem_of([&] { writer.finish(); });
    return problem.what == "cannot be written as HDF5: No space left on device" ? 0 : 1;
  });
  if (testing::exited_with(status, 50)) GTEST_SKIP() << "a process may not limit its own calls here";
  EXPECT_TRUE(testing::exited_with(status, 0)) << status;
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Hdf5WriterTest, FinishesUnderAnotherName) {
  const Hdf5NewArray images{.name = "images", .shape = {1, 8, 8, 3}, .is_stacked = true};
  {
    Hdf5Writer writer(path_);
    writer.write(writer.add(images), 0, pixels_of(images, 1));
    writer.finish();
    EXPECT_FALSE(std::filesystem::exists(path_));
    Hdf5Writer other(folder_ / "b.h5");  // meanwhile
    other.commit();
    writer.commit();
  }
  const PositionedFile file(path_);
  const Hdf5Array array = describe_hdf5(file, {.names = {"images"}}).at(0).arrays.at(0);
  EXPECT_EQ(read(file, array, 0), pixels_of(images, 1));
}

TEST_F(Hdf5WriterTest, NamesAreUsedOnce) {
  Hdf5Writer writer(path_);
  const Hdf5NewArray images{.name = "images", .shape = {3, 4, 5, 3}, .is_stacked = true};
  writer.add(images);
  const Problem problem = testing::problem_of([&] { writer.add(images); });
  EXPECT_EQ(problem.where, path_.string());
  EXPECT_EQ(problem.what, "cannot be written as HDF5; the library says: name already exists");
}

}  // namespace
}  // namespace seg
