// SPDX-License-Identifier: Apache-2.0
#include "base/machine.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <thread>

namespace seg {
namespace {

TEST(Machine, UsesNoMoreProcessorsThanTheAffinityMaskAllows) {
  std::jthread([] {
    cpu_set_t all;
    ASSERT_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
    int first = 0;
    while (!CPU_ISSET(first, &all)) ++first;
    EXPECT_LE(usable_processors(), CPU_COUNT(&all));

    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    EXPECT_EQ(usable_processors(), 1);
  }).join();
}

TEST(Machine, UsableMemoryIsPlausible) {
  EXPECT_GT(usable_memory_bytes(), 1 << 20);
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::int64_t kilobytes = 0;
  file >> name >> kilobytes;
  EXPECT_LT(usable_memory_bytes(), kilobytes * 1024);
}

TEST(Machine, SeesThePagesThatAreTouched) {
  constexpr std::size_t kSize = 64 << 20;
  const std::int64_t resident = resident_bytes();
  const std::int64_t faults = minor_page_faults();
  const auto memory = std::make_unique<char[]>(kSize);
  volatile char* touched = memory.get();
  for (std::size_t i = 0; i < kSize; i += 4096) touched[i] = 1;
  EXPECT_GE(resident_bytes() - resident, std::int64_t{kSize} / 2);
  EXPECT_GE(peak_resident_bytes(), resident + std::int64_t{kSize} / 2);
  EXPECT_GT(minor_page_faults(), faults);
}

TEST(Machine, HasNames) {
  EXPECT_FALSE(cpu_name().empty());
  EXPECT_FALSE(host_name().empty());
}

#if defined(__x86_64__)
TEST(Machine, AgreesWithTheCompilerAboutTheProcessor) {
  const CpuFeatures features = cpu_features();
  EXPECT_EQ(features.avx2, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
  EXPECT_EQ(features.avx512, __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                                 __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"));
  EXPECT_EQ(features.avx512_bf16, __builtin_cpu_supports("avx512bf16") != 0);
  EXPECT_TRUE(features.bf16 || !(features.avx512_bf16 || features.amx_bf16));
}
#endif

TEST(Machine, HasAtLeastWhatThisProcessMayUse) {
  EXPECT_GE(online_processors(), usable_processors());
  EXPECT_GE(total_memory_bytes(), usable_memory_bytes());
  EXPECT_GT(total_memory_bytes(), resident_bytes());
}

}  // namespace
}  // namespace seg
