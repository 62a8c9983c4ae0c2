// SPDX-License-Identifier: Apache-2.0
#include "engine/device_feed.h"

#include "engine/cuda.h"

namespace seg {
namespace {

class HostFeed final : public DeviceFeed {
 public:
  explicit HostFeed(c10::Device device) : device_(device) {}
  DeviceBatch send(const HostPixels& pixels) override { return to_device(pixels, device_); }
  void wait_until_read() override {}

 private:
  c10::Device device_;
};

}  // namespace

std::unique_ptr<DeviceFeed> device_feed(c10::Device device) {
  return device.is_cuda() ? cuda_feed(device) : std::make_unique<HostFeed>(device);
}

}  // namespace seg
