// SPDX-License-Identifier: Apache-2.0
// Brings batches from host memory to the device that computes.
//
// On a CPU nothing is copied: the device's tensors are views of the host's memory, and what is computed with them is
// done when its call returns. Elsewhere copies run beside the computation; whoever wants to write to the host's memory
// again asks wait_until_read(), which waits for copies and never for the computation. Not thread-safe.
#pragma once
#include <c10/core/Device.h>

#include <memory>

#include "engine/batch.h"

namespace seg {

class DeviceFeed {
 public:
  virtual ~DeviceFeed() = default;
  // For whatever the calling thread queues on the device from now on. The host's memory must stay as it is until
  // wait_until_read().
  virtual DeviceBatch send(const HostPixels& pixels) = 0;
  // Returns when all that was sent has been read.
  virtual void wait_until_read() = 0;
};

std::unique_ptr<DeviceFeed> device_feed(c10::Device device);

}  // namespace seg
