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

TEST(Device, ThreadsAreSet) {
  const int before = compute_threads();
  set_compute_threads(1);
  EXPECT_EQ(compute_threads(), 1);
  set_compute_threads(before);
}

TEST(Device, TorchSaysItsVersion) { EXPECT_NE(torch_version().find('.'), std::string::npos); }

}  // namespace
}  // namespace seg
