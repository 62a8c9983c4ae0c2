// SPDX-License-Identifier: Apache-2.0
#include "engine/device_feed.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace seg {
namespace {

TEST(DeviceFeed, OnACpuNothingIsCopied) {
  std::vector<std::uint8_t> pixels(2 * 3 * 4 * 3), labels(2 * 3 * 4);
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{1});
  const std::unique_ptr<DeviceFeed> feed = device_feed(c10::Device(c10::kCPU));
  const DeviceBatch batch = feed->send({.images = reinterpret_cast<const std::byte*>(pixels.data()),
                                        .labels = labels.data(),
                                        .count = 2,
                                        .height = 3,
                                        .width = 4});
  EXPECT_EQ(batch.image.const_data_ptr<std::uint8_t>(), pixels.data());
  EXPECT_EQ(batch.labels.const_data_ptr<std::uint8_t>(), labels.data());
  feed->wait_until_read();
}

TEST(DeviceFeed, ADeviceThatThisBuildLacksIsAProgrammersError) {
  EXPECT_THROW((void)device_feed(c10::Device(c10::kCUDA, 0)), std::exception);
}

}  // namespace
}  // namespace seg
