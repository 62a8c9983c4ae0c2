// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "engine/cuda.h"

namespace seg {
namespace {

TEST(CudaAbsent, SaysWhyAndWhatToDo) {
  const CudaReport report = cuda_report();
  EXPECT_FALSE(report.is_built);
  EXPECT_TRUE(report.gpus.empty());
  EXPECT_FALSE(report.reason.empty());
  EXPECT_FALSE(report.remedy.empty());
}

TEST(CudaAbsent, NobodyCanHaveADeviceOfThatKind) {
  const c10::Device gpu(c10::kCUDA, 0);
  EXPECT_THROW((void)cuda_memory(gpu), std::logic_error);
  EXPECT_THROW((void)cuda_bus_id(gpu), std::logic_error);
  EXPECT_THROW((void)cuda_feed(gpu), std::logic_error);
  EXPECT_THROW((void)cuda_clock(gpu), std::logic_error);
  EXPECT_THROW((void)pinned_memory(gpu), std::logic_error);
  EXPECT_THROW(wait_for_cuda(gpu), std::logic_error);
  EXPECT_THROW(reset_cuda_peak(gpu), std::logic_error);
  EXPECT_THROW(trim_cuda_memory(), std::logic_error);
}

}  // namespace
}  // namespace seg
