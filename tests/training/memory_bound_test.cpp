// SPDX-License-Identifier: Apache-2.0
#include "training/memory_bound.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "base/machine.h"
#include "tests/support/child_process.h"

namespace seg {
namespace {

constexpr double kBytesOfGib = 1073741824;

MemoryConfig limited_to(double gib) {
  MemoryConfig config;
  config.memory_limit = gib;
  return config;
}

TEST(MemoryBound, IsTheUsersLimitLessWhatIsHeldOrWhatIsFree) {
  const auto free = static_cast<double>(usable_memory_bytes());
  EXPECT_NEAR(static_cast<double>(memory_budget({})), free, 0.3 * free);
  EXPECT_NEAR(static_cast<double>(memory_budget(limited_to(1e6))), free, 0.3 * free);
  const auto held = static_cast<double>(resident_bytes());
  EXPECT_LE(static_cast<double>(memory_budget(limited_to(0.1))), std::max(0.0, 0.1 * kBytesOfGib - 0.9 * held));
}

TEST(MemoryBound, WhatTheUsersLimitLeavesDoesNotDependOnWhatIsFree) {
  EXPECT_FALSE(left_of_memory_limit({}));
  const auto held = static_cast<double>(resident_bytes());
  EXPECT_NEAR(static_cast<double>(left_of_memory_limit(limited_to(1024)).value()), 1024 * kBytesOfGib - held,
              0.1 * held);
  EXPECT_EQ(left_of_memory_limit(limited_to(1e-6)), 0);
}

TEST(MemoryBound, IsNamedWithWhatWouldGiveMore) {
  EXPECT_EQ(memory_bound_text(limited_to(0.125)), "memory_limit=0.125");
  EXPECT_EQ(memory_remedy(limited_to(0.125)), "a larger memory_limit");
  EXPECT_EQ(memory_remedy(limited_to(1e6)), memory_remedy({}));  // it is not what binds
  EXPECT_TRUE(binds_memory_limit(limited_to(0.125)));
  EXPECT_FALSE(binds_memory_limit(limited_to(1e6)));
  EXPECT_FALSE(binds_memory_limit({}));
  const bool is_of_machine = usable_memory().bound == MemoryBound::machine;
  EXPECT_EQ(memory_bound_text({}),
            is_of_machine ? "what other programs leave of the machine's memory" : "the control group's limit");
  EXPECT_EQ(memory_remedy({}).find("fewer programs beside this one"), 0U);
}

// The limit that a text ends with.
double proposed_limit(const std::string& text) {
  double limit = 0;
  EXPECT_EQ(std::sscanf(text.substr(text.find('=')).c_str(), "=%lf", &limit), 1) << text;
  return limit;
}

TEST(MemoryBound, WhatWouldDoIsSaidAsTheSettingThatGivesIt) {
  EXPECT_EQ(shortage_text(limited_to(1e6), 1000), "1.0 kB at least");
  const double held = static_cast<double>(resident_bytes()) / kBytesOfGib;
  const double with_room = std::ceil(100 * held + 10) / 100;  // in hundredths, as it is told
  const std::string text = shortage_text(limited_to(with_room), 1'073'741'824);
  EXPECT_EQ(text.find("1.1 GB at least: memory_limit="), 0U) << text;
  EXPECT_NEAR(proposed_limit(text), with_room + 1, 0.011);
  // What the process holds beyond the limit is missing, too.
  ASSERT_GT(held, 0.002);
  EXPECT_NEAR(proposed_limit(shortage_text(limited_to(0.001), 5'000'000)), held + 5e6 / kBytesOfGib, 0.02);
}

TEST(MemoryBound, OfWhichNothingIsLeftIsToldWithWhy) {
  EXPECT_EQ(budget_text(limited_to(0.001), 1'500'000), "only 1.5 MB may be used");
  EXPECT_EQ(budget_text({}, 0), "only 0 B may be used");
  EXPECT_EQ(budget_text(limited_to(0.001), 0).find("memory_limit=0.001 is 1.1 MB, and the program itself holds "), 0U)
      << budget_text(limited_to(0.001), 0);
}

TEST(MemoryBound, IsTheAddressSpaceWhereThatIsLeast) {
  const auto code = [] {
    const rlimit none_left{.rlim_cur = rlim_t{1} << 20, .rlim_max = RLIM_INFINITY};
    if (setrlimit(RLIMIT_AS, &none_left) != 0) return 2;
    if (memory_budget({}) != 0 || memory_budget(limited_to(1e6)) != 0) return 3;
    if (memory_bound_text({}) != "ulimit -v") return 4;
    if (memory_remedy(limited_to(1e6)) != "a larger ulimit -v") return 5;
    return shortage_text({}, 1'024'000) == "1.0 MB at least: ulimit -v 2025" ? 1 : 6;  // 1024 KiB, 1000, rounded up
  };
  EXPECT_TRUE(testing::exited_with(testing::run_in_child(code), 1));
}

}  // namespace
}  // namespace seg
