// SPDX-License-Identifier: Apache-2.0
#include "base/nvml.h"

#include <gtest/gtest.h>

#include "tests/support/environment.h"
#include "tests/support/environment_variables.h"

namespace seg {
namespace {

const std::string kBusId = "0000:65:00.0";

// While it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : before_({name}) { setenv(name, value, 1); }

 private:
  testing::EnvironmentVariables before_;
};

std::string fake() { return (testing::build_folder() / "tests" / "libfake_nvml.so").string(); }

TEST(GpuProbe, WithoutTheLibraryThereIsNone) {
  EXPECT_EQ(GpuProbe::of(kBusId, "libno-such-library.so.1"), nullptr);
  EXPECT_EQ(GpuProbe::of(kBusId, "libc.so.6"), nullptr);
}

TEST(GpuProbe, OfAGpuThatIsNotThereThereIsNone) {
  EXPECT_EQ(GpuProbe::of("0000:66:00.0", fake()), nullptr);
  EXPECT_NE(GpuProbe::of(kBusId, fake()), nullptr);
}

TEST(GpuProbe, ALibraryThatDoesNotStartIsAsGoodAsNone) {
  const Variable variable("FAKE_NVML", "Init");
  EXPECT_EQ(GpuProbe::of(kBusId, fake()), nullptr);
}

TEST(GpuProbe, TellsWhatTheLibraryTells) {
  const auto probe = GpuProbe::of(kBusId, fake());
  ASSERT_NE(probe, nullptr);
  const GpuFigures figures = probe->now();
  EXPECT_DOUBLE_EQ(*figures.utilisation, 0.42);
  EXPECT_EQ(figures.used_bytes, 20'000'000'000);
  EXPECT_EQ(figures.total_bytes, 80'000'000'000);
  EXPECT_DOUBLE_EQ(figures.used_share().value(), 0.25);
  EXPECT_EQ(figures.megahertz, 1980);
  EXPECT_EQ(figures.memory_megahertz, 2619);
  EXPECT_DOUBLE_EQ(*figures.watts, 350.5);
  EXPECT_DOUBLE_EQ(*figures.most_watts, 700);
  EXPECT_EQ(figures.celsius, 61);
  ASSERT_TRUE(figures.throttled_by);
  EXPECT_TRUE(figures.throttled_by->empty());
}

TEST(GpuProbe, WhatTheLibraryDoesNotKnowIsNothing) {
  const Variable variable("FAKE_NVML", "Utilization Memory Clock PowerUsage Temperature Throttle");
  const auto probe = GpuProbe::of(kBusId, fake());
  ASSERT_NE(probe, nullptr);
  const GpuFigures figures = probe->now();
  EXPECT_FALSE(figures.utilisation);
  EXPECT_FALSE(figures.used_bytes);
  EXPECT_FALSE(figures.used_share());
  EXPECT_FALSE(figures.megahertz);
  EXPECT_FALSE(figures.watts);
  EXPECT_FALSE(figures.celsius);
  EXPECT_FALSE(figures.throttled_by);
  EXPECT_DOUBLE_EQ(*figures.most_watts, 700);
}

TEST(GpuProbe, ReasonsOfThrottlingHaveNames) {
  const auto probe = GpuProbe::of(kBusId, fake());
  ASSERT_NE(probe, nullptr);
  const auto reasons = [&](const char* bits) {
    const Variable variable("FAKE_NVML_REASONS", bits);
    return *probe->now().throttled_by;
  };
  EXPECT_EQ(reasons("0x4"), std::vector<std::string>{"power"});
  EXPECT_EQ(reasons("0x40"), std::vector<std::string>{"heat"});
  EXPECT_EQ(reasons("0x1ff"), (std::vector<std::string>{"power", "heat", "hardware"}));
}

}  // namespace
}  // namespace seg
