// SPDX-License-Identifier: Apache-2.0
#include "config/early_stop_metric.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace seg {
namespace {

TEST(EarlyStopMetric, IsAProtocolAndAName) {
  EXPECT_EQ(early_stop_metric("msf.fw_miou").protocol, "msf");
  EXPECT_EQ(early_stop_metric("msf.fw_miou").name, "fw_miou");
  EXPECT_EQ(early_stop_metric("miou").name, "");
  EXPECT_EQ(early_stop_metric("").protocol, "");
}

TEST(EarlyStopMetric, ThoseOfBoundariesAreKnown) {
  EXPECT_EQ(std::ranges::count_if(metrics_of_protocols(), is_of_boundaries), 2);
  EXPECT_FALSE(is_of_boundaries("miou"));
}

}  // namespace
}  // namespace seg
