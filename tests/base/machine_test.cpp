// SPDX-License-Identifier: Apache-2.0
#include "base/machine.h"

#include <gtest/gtest.h>
#include <hwy/targets.h>
#include <sched.h>
#include <sys/resource.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <thread>

#include "tests/support/child_process.h"
#include "tests/support/environment_variables.h"

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

// In a process of its own, which has no more address space than that afterwards. A sanitizer takes tens of TB of it.
TEST(Machine, MayUseNoMoreThanIsLeftOfALimitedAddressSpace) {
  EXPECT_FALSE(address_space_left());
  EXPECT_NE(usable_memory().bound, MemoryBound::address_space);
  const auto code = [] {
    constexpr std::int64_t kAll = std::int64_t{1} << 47, kLeft = std::int64_t{8} << 30, kSlack = std::int64_t{1} << 26;
    const auto limit_to = [](std::int64_t bytes) {
      const rlimit limit{.rlim_cur = static_cast<rlim_t>(bytes), .rlim_max = RLIM_INFINITY};
      return setrlimit(RLIMIT_AS, &limit) == 0;
    };
    if (!limit_to(kAll)) return 2;
    if (!limit_to(kAll - address_space_left().value() + kLeft)) return 3;
    const std::int64_t left = address_space_left().value();
    if (left > kLeft || left < kLeft - kSlack) return 4;
    const UsableMemory usable = usable_memory();
    if (usable.bytes > kLeft) return 5;
    return usable.bytes > kLeft - kSlack && usable.bound != MemoryBound::address_space ? 6 : 1;
  };
  EXPECT_TRUE(testing::exited_with(testing::run_in_child(code), 1));
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

TEST(Machine, HasNoInstructionsThatTorchIsForbidden) {
  const testing::EnvironmentVariables kept({"ATEN_CPU_CAPABILITY"});
  unsetenv("ATEN_CPU_CAPABILITY");
  const bool has_avx2 = cpu_features().avx2, has_avx512 = cpu_features().avx512;
  setenv("ATEN_CPU_CAPABILITY", "avx2", 1);
  EXPECT_EQ(cpu_features().avx2, has_avx2);
  EXPECT_FALSE(cpu_features().avx512 || cpu_features().bf16 || cpu_features().avx512_bf16 || cpu_features().amx_bf16);
  setenv("ATEN_CPU_CAPABILITY", "default", 1);
  EXPECT_FALSE(cpu_features().avx2);
  setenv("ATEN_CPU_CAPABILITY", "a word", 1);
  EXPECT_EQ(cpu_features().avx512, has_avx512);
}

#if defined(__x86_64__)
// Highway's bound stands for the process: it is set in one of its own.
TEST(Machine, BoundsHighwaysKernelsLikewise) {
  const testing::EnvironmentVariables kept({"ATEN_CPU_CAPABILITY"});
  const auto are_left = [](const char* bound, std::int64_t targets) {
    return testing::exited_with(testing::run_in_child([bound, targets] {
                                  setenv("ATEN_CPU_CAPABILITY", bound, 1);
                                  bound_vector_kernels();
                                  return (hwy::SupportedTargets() & targets) != 0 ? 1 : 0;
                                }),
                                1);
  };
  EXPECT_FALSE(are_left("avx2", HWY_AVX2 - 1));
  EXPECT_EQ(are_left("avx2", HWY_AVX2), cpu_features().avx2);
  EXPECT_FALSE(are_left("default", HWY_SSE4 - 1));
  EXPECT_EQ(are_left("a word", HWY_AVX2 - 1), cpu_features().avx512);
}
#endif

TEST(Machine, HasAtLeastWhatThisProcessMayUse) {
  EXPECT_GE(online_processors(), usable_processors());
  EXPECT_GE(total_memory_bytes(), usable_memory_bytes());
  EXPECT_GT(total_memory_bytes(), resident_bytes());
}

}  // namespace
}  // namespace seg
