// SPDX-License-Identifier: Apache-2.0
// What CUDA offers to this program. cuda.cpp, or cuda_absent.cpp in builds without it (CMake chooses the unit): then
// there is a report, and all else is a std::logic_error, since nobody can have a device of that kind.
//
// The report may be asked for by any thread; the rest is for the thread that calls torch, but for the memory's.
#pragma once
#include <c10/core/Device.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/buffer_source.h"
#include "engine/device_clock.h"
#include "engine/device_feed.h"

namespace seg {

struct CudaGpu {
  std::string name;            // "NVIDIA H100 80GB HBM3"
  bool computes_bf16 = false;  // by itself, not by way of fp32
};

struct CudaReport {
  bool is_built = false;
  std::vector<CudaGpu> gpus{};  // that may be used, by their number
  std::string reason{};         // why none may be; empty if there are some
  std::string remedy{};         // then: what to do
};
CudaReport cuda_report();
std::string cuda_bus_id(c10::Device device);  // "0000:65:00.0", by which the driver's own tools know it

struct CudaMemory {
  std::int64_t in_use = 0, peak_in_use = 0;        // bytes of tensors, now and at most since reset_cuda_peak()
  std::int64_t held = 0;                           // bytes that the allocator has from the driver
  std::int64_t free_on_gpu = 0, total_on_gpu = 0;  // bytes, whoever uses the rest
};
CudaMemory cuda_memory(c10::Device device);
void reset_cuda_peak(c10::Device device);
void trim_cuda_memory();  // gives back to the driver what no tensor uses

// Page-locked: the device copies from it while the processor does something else. No other device is begun for it.
BufferSource& pinned_memory(c10::Device device);

// Copies on a stream of its own, so that a batch comes while the one before it is computed with.
std::unique_ptr<DeviceFeed> cuda_feed(c10::Device device);

// By events of its stream, which wait for nothing.
std::unique_ptr<DeviceClock> cuda_clock(c10::Device device);

// Returns when the device has done all that was queued.
void wait_for_cuda(c10::Device device);

}  // namespace seg
