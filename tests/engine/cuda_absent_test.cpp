// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/cuda.h"

namespace seg {
namespace {

TEST(CudaAbsent, SaysWhyAndWhatToDo) {
  const CudaReport report = cuda_report();
  EXPECT_FALSE(report.is_built);
  EXPECT_EQ(report.num_devices, 0);
  EXPECT_FALSE(report.reason.empty());
  EXPECT_FALSE(report.remedy.empty());
}

}  // namespace
}  // namespace seg
