// SPDX-License-Identifier: Apache-2.0
#include "base/process_load.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "base/clock.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

class ProcessLoadOf : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const {
    const auto path = root() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::filesystem::path root() const { return folder_.path(); }

  testing::TemporaryFolder folder_;
};

TEST_F(ProcessLoadOf, AddsUpWhatThreadsRanAndWaited) {
  write("proc/self/task/1/schedstat", "3000000000 1000000000 7\n");
  write("proc/self/task/2/schedstat", "500000000 250000000 3\n");
  const ProcessLoad load = process_load(root());
  EXPECT_DOUBLE_EQ(load.ran_seconds.value(), 3.5);
  EXPECT_DOUBLE_EQ(load.waited_seconds.value(), 1.25);
}

TEST_F(ProcessLoadOf, CountsTheProcessorsThatItMayUse) {
  const auto ticks = std::to_string(sysconf(_SC_CLK_TCK));
  std::string text = "cpu 9 9 9 9 9 9 9 9\n";
  for (int i = 0; i < 1024; ++i) text += "cpu" + std::to_string(i) + " " + ticks + " 0 0 77 5 0 0 3\n";
  write("proc/stat", text + "intr 5\n");
  const ProcessLoad load = process_load(root());
  cpu_set_t mask;
  ASSERT_EQ(sched_getaffinity(0, sizeof(mask), &mask), 0);
  EXPECT_DOUBLE_EQ(load.busy_seconds.value(), CPU_COUNT(&mask));
}

TEST_F(ProcessLoadOf, ReadsWhatLiesInSwap) {
  write("proc/self/status", "Name:\tx\nVmSwap:\t      12 kB\n");
  EXPECT_EQ(process_load(root()).swapped_bytes.value(), 12 * 1024);
}

TEST_F(ProcessLoadOf, WhatTheSystemDoesNotSayIsUnknown) {
  const ProcessLoad load = process_load(root());
  EXPECT_FALSE(load.ran_seconds || load.waited_seconds || load.busy_seconds || load.swapped_bytes);
  EXPECT_FALSE(wait_share(load, load));
  EXPECT_FALSE(busy_elsewhere(load, load, 1));
}

TEST(ProcessLoad, GrowsAsTheProcessComputes) {
  const ProcessLoad before = process_load();
  const double began = seconds_now();
  volatile double sink = 0;
  while (process_load().own_seconds - before.own_seconds < 0.05 && seconds_now() - began < 20)
    for (int i = 0; i < 100000; ++i) sink = sink + i;
  EXPECT_GT(process_load().own_seconds, before.own_seconds);
}

TEST(ProcessLoad, SharesAreOfTheTimeInBetween) {
  const ProcessLoad before{.own_seconds = 1, .ran_seconds = 1, .waited_seconds = 4, .busy_seconds = 100},
      after{.own_seconds = 4, .ran_seconds = 4, .waited_seconds = 5, .busy_seconds = 108};
  EXPECT_DOUBLE_EQ(wait_share(before, after).value(), 0.25);
  EXPECT_DOUBLE_EQ(busy_elsewhere(before, after, 2).value(), 2.5);
  EXPECT_FALSE(wait_share(before, before));  // nothing ran
}

TEST(ProcessLoad, AccountsThatDoNotAddUpLeaveNothingToOthers) {
  const ProcessLoad before{.own_seconds = 0, .busy_seconds = 0}, after{.own_seconds = 3, .busy_seconds = 2.9};
  EXPECT_EQ(busy_elsewhere(before, after, 1).value(), 0);
}

}  // namespace
}  // namespace seg
