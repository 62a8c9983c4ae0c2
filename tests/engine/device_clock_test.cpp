// SPDX-License-Identifier: Apache-2.0
#include "engine/device_clock.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(DeviceClock, ACpuNeedsNone) { EXPECT_EQ(device_clock(c10::Device(c10::kCPU)), nullptr); }

}  // namespace
}  // namespace seg
