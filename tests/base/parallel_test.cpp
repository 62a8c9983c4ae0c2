// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace seg {
namespace {

TEST(Parallel, DoesEveryItemOnce) {
  for (const int threads : {0, 1, 3, 16}) {
    std::vector<std::atomic<int>> done(100);
    parallel_for_each(done.size(), threads, [&](std::size_t i) { ++done[i]; });
    for (const auto& count : done) EXPECT_EQ(count, 1);
  }
  parallel_for_each(0, 4, [](std::size_t) { FAIL(); });
}

TEST(Parallel, OneThreadIsTheCallers) {
  parallel_for_each(
      5, 1, [caller = std::this_thread::get_id()](std::size_t) { EXPECT_EQ(std::this_thread::get_id(), caller); });
}

TEST(Parallel, RethrowsTheFailureOfTheSmallestItemWhateverTheTiming) {
  for (int attempt = 0; attempt < 50; ++attempt) {
    std::atomic<int> running{0};
    try {
      parallel_for_each(64, 4, [&](std::size_t i) {
        ++running;
        if (i == 20) std::this_thread::yield();
        const bool fails = i >= 20;
        --running;
        if (fails) throw std::runtime_error(std::to_string(i));
      });
      FAIL() << "did not throw";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "20");
      EXPECT_EQ(running, 0);
    }
  }
}

TEST(Parallel, LowersThePriorityOfTheCallingThreadOnly) {
  const int before = getpriority(PRIO_PROCESS, 0);
  int inside = before;
  std::jthread([&] {
    lower_thread_priority();
    inside = getpriority(PRIO_PROCESS, 0);
  }).join();
  EXPECT_GE(inside, std::min(before + 1, 19));
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), before);
}

}  // namespace
}  // namespace seg
