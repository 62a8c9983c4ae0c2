// SPDX-License-Identifier: Apache-2.0
#include "image/rgb_jitter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "tests/support/instruction_levels.h"

namespace seg {
namespace {

using testing::at_every_instruction_level;

// The definition of image/color_jitter.h in double precision, where every number here is exact.
std::array<double, 3> jittered(const std::uint8_t* pixel, const RgbJitter& j) {
  const auto settled = [&](double v) { return std::floor(std::clamp(v, 0.0, 255.0) + (j.rounds ? 0.5 : 0)); };
  const auto factor = [](std::int16_t units) { return static_cast<double>(units) / (1 << 14); };
  std::array<double, 3> v{};
  for (std::size_t c = 0; c < 3; ++c) {
    const double bright = settled(pixel[c] * factor(j.brightness));
    v[c] = settled(j.pivots[c] + (bright - j.pivots[c]) * factor(j.contrast));
  }
  const double s = factor(j.saturation), sum = v[0] + v[1] + v[2];
  for (double& value : v) value = settled((3 * s * value + (1 - s) * sum) / 3);
  return v;
}

void check(const RgbJitter& jitter, const std::vector<std::uint8_t>& pixels) {
  std::vector<std::uint8_t> changed = pixels;
  jitter_rgb(jitter, changed);
  for (std::size_t i = 0; i < pixels.size(); i += 3) {
    const std::array<double, 3> expected = jittered(pixels.data() + i, jitter);
    for (std::size_t c = 0; c < 3; ++c) ASSERT_EQ(changed[i + c], expected[c]) << "pixel " << i / 3 << " channel " << c;
  }
}

TEST(RgbJitter, EqualsTheDefinition) {
  at_every_instruction_level([] {
    Random random(1, RandomStream::synthetic, 0);
    const auto factor = [&] { return static_cast<std::int16_t>(random.below(1 << 15)); };
    const auto level = [&] { return static_cast<std::int16_t>(random.below(256)); };
    for (std::size_t i = 0; i < 300; ++i) {
      std::vector<std::uint8_t> pixels(3 * (i % 150));
      for (std::uint8_t& value : pixels) value = static_cast<std::uint8_t>(random.bits());
      check({factor(), factor(), factor(), {level(), level(), level()}, i % 2 == 0}, pixels);
    }
  });
}

// Every value of each change: grays and pure colours, at the ends of all factors.
TEST(RgbJitter, EqualsTheDefinitionAtTheEnds) {
  std::vector<std::uint8_t> pixels;
  for (int v = 0; v < 256; ++v) {
    const auto level = static_cast<std::uint8_t>(v);
    for (const std::uint8_t other : {std::uint8_t{0}, level, std::uint8_t{255}}) {
      pixels.insert(pixels.end(), {level, other, other, other, level, other, other, other, level});
    }
  }
  const auto units = [](int factor) { return static_cast<std::int16_t>(factor); };
  at_every_instruction_level([&] {
    for (const int b : {1, 9830, 32767}) {
      for (const int c : {0, 16384, 32767}) {
        for (const int s : {0, 16383, 32767}) {
          for (const int pivot : {0, 74, 255}) {
            const std::array<std::int16_t, 3> pivots{units(pivot), units(pivot), units(pivot)};
            check({units(b), units(c), units(s), pivots, true}, pixels);
            check({units(b), units(c), units(s), pivots, false}, pixels);
          }
        }
      }
    }
  });
}

}  // namespace
}  // namespace seg
