// SPDX-License-Identifier: Apache-2.0
#include "loader/thread_shares.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(ThreadShares, NeverExceedTheProcessorsOnCpu) {
  for (int usable = 1; usable <= 70; ++usable) {
    for (const std::optional<std::int64_t> threads : {std::optional<std::int64_t>{}, {1}, {2}, {7}, {64}, {1000}}) {
      for (const std::optional<std::int64_t> workers : {std::optional<std::int64_t>{}, {0}, {1}, {8}, {16}, {256}}) {
        const ThreadShares shares =
            share_processors({.usable_processors = usable, .threads = threads, .num_workers = workers});
        ASSERT_LE(shares.threads + shares.num_workers, usable);
        ASSERT_GE(shares.threads, 1);
        ASSERT_GE(shares.num_workers, 0);
        ASSERT_FALSE(shares.threads_reason.empty());
        ASSERT_FALSE(shares.num_workers_reason.empty());
      }
    }
  }
}

TEST(ThreadShares, RequestsThatFitAreHonoured) {
  const ThreadShares shares = share_processors({.usable_processors = 8, .threads = 5, .num_workers = 3});
  EXPECT_EQ(shares.threads, 5);
  EXPECT_EQ(shares.num_workers, 3);
  EXPECT_EQ(share_processors({.usable_processors = 8, .num_workers = 3}).threads, 5);
  EXPECT_EQ(share_processors({.usable_processors = 2, .threads = 1}).num_workers, 1);
}

TEST(ThreadShares, AllComputeOnSmallCpus) {
  const ThreadShares two = share_processors({.usable_processors = 2});
  EXPECT_EQ(two.threads, 2);
  EXPECT_EQ(two.num_workers, 0);
  const ThreadShares sixteen = share_processors({.usable_processors = 16});
  EXPECT_EQ(sixteen.threads, 14);
  EXPECT_EQ(sixteen.num_workers, 2);
}

// A config that was written for a large machine must not take the compute threads of a small one.
TEST(ThreadShares, RequestsForAnotherMachineGiveWayToTheAutomaticValue) {
  const ThreadShares shares = share_processors({.usable_processors = 2, .num_workers = 8});
  EXPECT_EQ(shares.threads, 2);
  EXPECT_EQ(shares.num_workers, 0);
  EXPECT_EQ(shares.num_workers_reason,
            "8 do not fit; 2 usable processors, which all compute; the training thread loads");
}

TEST(ThreadShares, BesideAGpuTheProcessorsAreForTheWorkers) {
  const auto workers = [](int usable, std::optional<std::int64_t> asked) {
    return share_processors({.usable_processors = usable, .computes_on_cpu = false, .num_workers = asked}).num_workers;
  };
  EXPECT_EQ(workers(8, {}), 7);
  EXPECT_EQ(workers(1, {}), 1);
  EXPECT_EQ(workers(64, {}), 16);
  EXPECT_EQ(workers(64, 32), 32);
  EXPECT_EQ(workers(4, 16), 4);
}

}  // namespace
}  // namespace seg
