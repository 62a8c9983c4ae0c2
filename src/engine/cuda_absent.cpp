// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "engine/cuda.h"

namespace seg {
namespace {

[[noreturn]] void nobody_can_ask() { throw std::logic_error("[cuda] this build has no CUDA"); }

}  // namespace

CudaReport cuda_report() {
  return {.reason = "this build has no CUDA",
          .remedy = "device=cpu, or a build with CUDA: ./dev cuda-build in the sources of segtrain"};
}

std::string cuda_bus_id(c10::Device) { nobody_can_ask(); }
CudaMemory cuda_memory(c10::Device) { nobody_can_ask(); }
void reset_cuda_peak(c10::Device) { nobody_can_ask(); }
void trim_cuda_memory() { nobody_can_ask(); }
BufferSource& pinned_memory(c10::Device) { nobody_can_ask(); }
std::unique_ptr<DeviceFeed> cuda_feed(c10::Device) { nobody_can_ask(); }
std::unique_ptr<DeviceClock> cuda_clock(c10::Device) { nobody_can_ask(); }
void wait_for_cuda(c10::Device) { nobody_can_ask(); }

}  // namespace seg
