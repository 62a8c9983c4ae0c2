// SPDX-License-Identifier: Apache-2.0
#include "engine/batch.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace seg {
namespace {

TEST(Batch, OnTheCpuTensorsAreViewsOfTheHostsMemory) {
  std::vector<std::uint8_t> pixels(2 * 3 * 4 * 3), labels(2 * 3 * 4);
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
  std::iota(labels.begin(), labels.end(), std::uint8_t{100});
  const std::vector<std::uint64_t> numbers = {8, 9};
  const DeviceBatch batch = to_device({.images = reinterpret_cast<const std::byte*>(pixels.data()),
                                       .labels = labels.data(),
                                       .count = 2,
                                       .height = 3,
                                       .width = 4,
                                       .sample_numbers = numbers},
                                      c10::Device(c10::kCPU));
  EXPECT_EQ(batch.image.const_data_ptr(), pixels.data());
  EXPECT_EQ(batch.labels.const_data_ptr(), labels.data());
  EXPECT_EQ(batch.image[1][2][3][2].item<int>(), 71);
  EXPECT_EQ(batch.labels[1][0][0].item<int>(), 112);
  EXPECT_EQ(batch.sample_numbers[1], 9U);
  EXPECT_EQ(batch.inputs().size(), 2U);
}

TEST(Batch, DistancesAndPointsAreInputsOfTheirOwn) {
  std::vector<std::uint8_t> pixels(2 * 3 * 4), distances(2 * 3 * 4);
  std::iota(distances.begin(), distances.end(), std::uint8_t{100});
  const std::vector<float> points = {0, 0.25F, 0.5F, 0.75F};
  const DeviceBatch batch = to_device({.images = reinterpret_cast<const std::byte*>(pixels.data()),
                                       .count = 2,
                                       .height = 3,
                                       .width = 4,
                                       .channels = 1,
                                       .distances = distances.data(),
                                       .points = points.data(),
                                       .num_points = 1},
                                      c10::Device(c10::kCPU));
  const NamedTensors inputs = batch.inputs();
  ASSERT_EQ(inputs.size(), 3U);
  EXPECT_EQ(inputs[1].name, "distances");
  EXPECT_EQ(inputs[1].tensor.const_data_ptr(), distances.data());
  EXPECT_EQ(inputs[1].tensor[1][0][0].item<int>(), 112);
  EXPECT_EQ(inputs[2].name, "points");
  EXPECT_EQ(inputs[2].tensor.sizes(), at::IntArrayRef({2, 1, 2}));
  EXPECT_EQ(inputs[2].tensor[1][0][1].item<float>(), 0.75F);
}

TEST(Batch, SixteenBitsAndNoLabels) {
  const std::vector<std::uint16_t> pixels = {1, 65535};
  const DeviceBatch batch = to_device({.images = reinterpret_cast<const std::byte*>(pixels.data()),
                                       .count = 1,
                                       .height = 1,
                                       .width = 2,
                                       .channels = 1,
                                       .is_16_bit = true},
                                      c10::Device(c10::kCPU));
  EXPECT_EQ(batch.image.to(at::kInt).flatten()[1].item<int>(), 65535);
  EXPECT_FALSE(batch.labels.defined());
  EXPECT_EQ(batch.inputs().size(), 1U);
}

}  // namespace
}  // namespace seg
