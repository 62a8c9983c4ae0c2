// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/max_pool_pixels.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "tests/support/instruction_levels.h"

namespace seg::kernels {
namespace {

constexpr std::size_t kPixels = 9;

template <class T>
T number(double v) {
  if constexpr (std::is_same_v<T, float>)
    return static_cast<float>(v);
  else
    return static_cast<T>(std::bit_cast<std::uint32_t>(static_cast<float>(v)) >> 16);
}
float value(float v) { return v; }
float value(std::uint16_t v) { return std::bit_cast<float>(static_cast<std::uint32_t>(v) << 16); }

// Whole numbers from -8 to 8, which both types hold.
template <class T>
std::vector<std::vector<T>> pixels(std::size_t channels) {
  Random random(7, RandomStream::synthetic, channels);
  std::vector<std::vector<T>> result(kPixels, std::vector<T>(channels));
  for (auto& pixel : result)
    for (T& v : pixel) v = number<T>(std::round(4 * random.normal()));
  return result;
}

template <class T>
void check(std::size_t channels) {
  const auto inputs = pixels<T>(channels), gradients = pixels<T>(channels);
  std::vector<PoolTap<T>> taps;
  for (std::size_t i = 0; i < kPixels; ++i) taps.push_back({inputs[i].data(), static_cast<std::uint8_t>(200 + i)});
  std::vector<T> y(channels), only_y(channels), dx(channels);
  std::vector<std::uint8_t> places(channels);
  const auto signed_channels = static_cast<std::int64_t>(channels);
  take_largest(std::span<const PoolTap<T>>(taps), signed_channels, y.data(), places.data());
  take_largest(std::span<const PoolTap<T>>(taps), signed_channels, only_y.data(), nullptr);
  EXPECT_EQ(y, only_y);
  std::vector<PoolWindow<T>> windows;
  for (std::size_t i = 0; i < 4; ++i)
    windows.push_back({gradients[i].data(), places.data(), static_cast<std::uint8_t>(200 + i)});
  take_gradients(std::span<const PoolWindow<T>>(windows), signed_channels, dx.data());
  for (std::size_t c = 0; c < channels; ++c) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < kPixels; ++i)
      if (value(inputs[i][c]) > value(inputs[best][c])) best = i;
    EXPECT_EQ(y[c], inputs[best][c]);
    EXPECT_EQ(places[c], 200 + best);
    EXPECT_EQ(value(dx[c]), best < 4 ? value(gradients[best][c]) : 0.0F);
  }
}

TEST(MaxPoolPixels, AreTheLargestAndTheirGradientsInEveryInstructionSet) {
  testing::at_every_instruction_level([] {
    for (const std::size_t channels : {1, 7, 16, 64, 67}) {
      check<float>(channels);
      check<std::uint16_t>(channels);
    }
  });
}

}  // namespace
}  // namespace seg::kernels
