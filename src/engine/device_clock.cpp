// SPDX-License-Identifier: Apache-2.0
#include "engine/device_clock.h"

#include "engine/cuda.h"

namespace seg {

std::unique_ptr<DeviceClock> device_clock(c10::Device device) {
  return device.is_cuda() ? cuda_clock(device) : nullptr;
}

}  // namespace seg
