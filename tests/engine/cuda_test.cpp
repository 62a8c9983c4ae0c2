// SPDX-License-Identifier: Apache-2.0
// Of a build with CUDA, on a machine with a GPU.
#include "engine/cuda.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDAFunctions.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/clock.h"
#include "engine/device.h"

namespace seg {
namespace {

const c10::Device kGpu(c10::kCUDA, 0);

TEST(Cuda, TheReportNamesTheGpus) {
  const CudaReport report = cuda_report();
  EXPECT_TRUE(report.is_built);
  ASSERT_FALSE(report.gpus.empty()) << report.reason;
  EXPECT_FALSE(report.gpus[0].name.empty());
  EXPECT_TRUE(report.reason.empty());
  EXPECT_EQ(choose_device("auto").device, kGpu);
}

TEST(Cuda, ABatchArrivesAndItsMemoryIsFreeToBeOverwritten) {
  constexpr std::int64_t kCount = 4, kSide = 256;
  const Buffer images = pinned_memory(kGpu).allocate(kCount * kSide * kSide * 3);
  const Buffer labels = pinned_memory(kGpu).allocate(kCount * kSide * kSide);
  const std::unique_ptr<DeviceFeed> feed = device_feed(kGpu);
  std::vector<DeviceBatch> batches;
  for (int i = 1; i <= 3; ++i) {
    std::memset(images.bytes().data(), i, images.bytes().size());
    std::memset(labels.bytes().data(), 10 * i, labels.bytes().size());
    batches.push_back(feed->send({.images = images.bytes().data(),
                                  .labels = reinterpret_cast<const std::uint8_t*>(labels.bytes().data()),
                                  .count = kCount,
                                  .height = kSide,
                                  .width = kSide}));
    feed->wait_until_read();
  }
  for (std::size_t i = 0; i < batches.size(); ++i) {
    EXPECT_TRUE(batches[i].image.device().is_cuda());
    EXPECT_TRUE(batches[i].image.eq(static_cast<std::int64_t>(i + 1)).all().item<bool>());
    EXPECT_TRUE(batches[i].labels.eq(static_cast<std::int64_t>(10 * (i + 1))).all().item<bool>());
  }
}

// On a machine with one GPU there is no other that it could be.
TEST(Cuda, PinnedMemoryBeginsTheGpuThatItIsForAndNoOther) {
  const auto last = static_cast<c10::DeviceIndex>(cuda_report().gpus.size() - 1);
  std::vector<bool> before;
  for (c10::DeviceIndex i = 0; i < last; ++i) before.push_back(c10::cuda::hasPrimaryContext(i));
  {
    const Buffer memory = pinned_memory(c10::Device(c10::kCUDA, last)).allocate(4096);
    EXPECT_TRUE(c10::cuda::hasPrimaryContext(last));
  }
  for (c10::DeviceIndex i = 0; i < last; ++i)
    EXPECT_EQ(c10::cuda::hasPrimaryContext(i), before[static_cast<std::size_t>(i)]);
}

TEST(Cuda, SendingABatchDoesNotWaitForTheDevice) {
  const Buffer images = pinned_memory(kGpu).allocate(64 * 64 * 3);
  const std::unique_ptr<DeviceFeed> feed = device_feed(kGpu);
  auto& state = c10::cuda::warning_state();
  state.set_sync_debug_mode(c10::cuda::SyncDebugMode::L_ERROR);
  EXPECT_NO_THROW({
    (void)feed->send({.images = images.bytes().data(), .count = 1, .height = 64, .width = 64});
    feed->wait_until_read();
  });
  state.set_sync_debug_mode(c10::cuda::SyncDebugMode::L_DISABLED);
}

TEST(Cuda, TheClockTellsWhatTheDeviceTookWithoutWaitingForIt) {
  const at::Tensor matrix = at::ones({4096, 4096}, at::TensorOptions(at::kFloat).device(kGpu));
  const auto multiply = [&] {
    for (int i = 0; i < 20; ++i) (void)matrix.matmul(matrix);
  };
  multiply();  // begins what torch needs for it
  wait_for(kGpu);
  const std::unique_ptr<DeviceClock> clock = device_clock(kGpu);
  const double start = seconds_now();
  clock->begin();
  multiply();
  clock->end();
  const double queued = seconds_now() - start;
  EXPECT_EQ(clock->take().num_spans, 0) << "it had ended already, or was waited for";
  wait_for(kGpu);
  const double done = seconds_now() - start;
  const DeviceTime time = clock->take();
  EXPECT_EQ(time.num_spans, 1);
  EXPECT_LE(time.seconds, done);
  EXPECT_GT(time.seconds, done - 2 * queued - 0.002);
  EXPECT_EQ(clock->take().num_spans, 0);
}

TEST(Cuda, MemoryIsCounted) {
  reset_cuda_peak(kGpu);
  const CudaMemory before = cuda_memory(kGpu);
  {
    const at::Tensor block = at::zeros({std::int64_t{1} << 26}, at::TensorOptions(at::kByte).device(kGpu));
    EXPECT_GE(cuda_memory(kGpu).in_use - before.in_use, std::int64_t{1} << 26);
  }
  wait_for(kGpu);
  const CudaMemory after = cuda_memory(kGpu);
  EXPECT_EQ(after.in_use, before.in_use);
  EXPECT_GE(after.peak_in_use - before.in_use, std::int64_t{1} << 26);
  EXPECT_GE(after.held, after.in_use);
  EXPECT_GT(after.total_on_gpu, after.free_on_gpu);
  trim_cuda_memory();
  EXPECT_LT(cuda_memory(kGpu).held, after.held);
}

}  // namespace
}  // namespace seg
