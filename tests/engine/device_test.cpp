// SPDX-License-Identifier: Apache-2.0
#include "engine/device.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace seg {
namespace {

TEST(Device, TheCpuIsAlwaysThere) {
  for (const char* request : {"auto", "cpu"}) {
    const DeviceChoice choice = choose_device(request);
    EXPECT_TRUE(choice.device.is_cpu());
    EXPECT_EQ(choice.name.substr(0, 3), "cpu");
    EXPECT_FALSE(choice.reason.empty());
  }
}

TEST(Device, WhatIsNotThereIsRefusedByItsKey) {
  for (const char* request : {"cuda", "cuda:1", "tpu", ""}) {
    try {
      choose_device(request);
      FAIL() << request;
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems().at(0).where, "device");
    }
  }
}

TEST(Device, AGpuThatThisBuildCannotUseIsNamedWithTheWayOut) {
  const GpuReport seen{.gpus = {{.name = "NVIDIA H100", .may_be_opened = true}}};
  const DeviceChoice choice = choose_device("auto", seen);
  EXPECT_NE(choice.notice.find("NVIDIA H100"), std::string::npos) << choice.notice;
  EXPECT_NE(choice.notice.find("device=cpu"), std::string::npos) << choice.notice;
  EXPECT_EQ(choose_device("cpu", seen).notice, "");  // then it was asked for
  EXPECT_EQ(choose_device("auto", GpuReport{}).notice, "");
  for (const bool is_seen : {false, true}) {
    try {
      choose_device("cuda", is_seen ? seen : GpuReport{});
      FAIL();
    } catch (const UserError& error) {
      const Problem& problem = error.problems().at(0);
      EXPECT_EQ(problem.what.find("NVIDIA H100") != std::string::npos, is_seen) << problem.what;
      EXPECT_NE(problem.remedy.find("device=cpu"), std::string::npos) << problem.remedy;
    }
  }
}

TEST(Device, ThreadsAreSet) {
  const int before = compute_threads();
  set_compute_threads(1);
  EXPECT_EQ(compute_threads(), 1);
  set_compute_threads(before);
}

TEST(Device, TorchSaysWhichInstructionsItUses) { EXPECT_FALSE(torch_cpu_capability().empty()); }

TEST(Device, TorchSaysItsVersion) { EXPECT_NE(torch_version().find('.'), std::string::npos); }

}  // namespace
}  // namespace seg
