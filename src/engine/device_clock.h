// SPDX-License-Identifier: Apache-2.0
// How long a device takes for what is queued on it, told later and without ever waiting for it.
//
// On a GPU the host's clock sees only how long it takes to queue work. Not thread-safe.
#pragma once
#include <c10/core/Device.h>

#include <cstdint>
#include <memory>

namespace seg {

struct DeviceTime {
  double seconds = 0;
  std::int64_t num_spans = 0;
};

class DeviceClock {
 public:
  virtual ~DeviceClock() = default;
  // A span is from when the device has done what the calling thread queued before begin() to when it has done what that
  // queued before end(): gaps in which the device waits for the host between the two are in it.
  virtual void begin() = 0;
  virtual void end() = 0;
  // The spans that have ended on the device since the last call. Those that have not will be in a later one.
  virtual DeviceTime take() = 0;
};

// Null for a device whose work is done when its call returns, as a CPU's is: there the host's clock tells all.
std::unique_ptr<DeviceClock> device_clock(c10::Device device);

}  // namespace seg
