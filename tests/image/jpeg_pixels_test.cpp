// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_pixels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "base/random.h"
#include "tests/support/instruction_levels.h"

namespace seg {
namespace {

using testing::at_every_instruction_level;

// A sample by the transform's definition.
double sample(const std::int16_t* coefficients, const std::int16_t* quanta, int y, int x) {
  double sum = 0;
  for (int v = 0; v < 8; ++v)
    for (int u = 0; u < 8; ++u) {
      const double scale = (u == 0 ? std::numbers::sqrt2 / 2 : 1) * (v == 0 ? std::numbers::sqrt2 / 2 : 1) / 4;
      sum += scale * coefficients[32 * v + u] * quanta[8 * v + u] * std::cos((2 * x + 1) * u * std::numbers::pi / 16) *
             std::cos((2 * y + 1) * v * std::numbers::pi / 16);
    }
  return std::clamp(sum + 128, 0.0, 255.0);
}

struct Groups {
  alignas(64) std::int16_t coefficients[2 * 256] = {};
  std::int16_t quanta[64];
  std::uint8_t reach[2] = {63, 63};
  std::vector<std::uint8_t> samples = std::vector<std::uint8_t>(8 * 80, 7);

  explicit Groups(std::int16_t quantum) { std::ranges::fill(quanta, quantum); }
  bool transform() {
    return transform_jpeg_blocks(
        {.coefficients = coefficients, .reach = reach, .quanta = quanta, .to = samples.data(), .stride = 80});
  }
};

TEST(JpegPixels, BlocksAreTransformedByTheDefinition) {
  at_every_instruction_level([] {
    if (!has_jpeg_pixels()) return;
    Random random(5, RandomStream::synthetic, 0);
    for (int trial = 0; trial < 20; ++trial) {
      Groups groups(static_cast<std::int16_t>(1 + trial));
      const int range = 400 / (trial + 1);
      for (std::int16_t& value : groups.coefficients)
        if (random.below(4) == 0)
          value =
              static_cast<std::int16_t>(static_cast<int>(random.below(static_cast<unsigned>(2 * range + 1))) - range);
      ASSERT_TRUE(groups.transform());
      for (int block = 0; block < 8; ++block)
        for (int y = 0; y < 8; ++y)
          for (int x = 0; x < 8; ++x)
            ASSERT_NEAR(groups.samples[static_cast<std::size_t>(80 * y + 8 * block + x)],
                        sample(groups.coefficients + block / 4 * 256 + block % 4 * 8, groups.quanta, y, x), 1);
      for (std::size_t y = 0; y < 8; ++y)
        for (std::size_t x = 64; x < 80; ++x) ASSERT_EQ(groups.samples[80 * y + x], 7);
    }
  });
}

TEST(JpegPixels, BlocksOfOneLevelAreAsTheTransformMakesThem) {
  at_every_instruction_level([] {
    if (!has_jpeg_pixels()) return;
    for (int level = -1400; level < 1400; level += 8) {
      Groups whole(1), flat(1);
      for (int block = 0; block < 8; ++block)
        whole.coefficients[block / 4 * 256 + block % 4 * 8] = static_cast<std::int16_t>(level + block);
      std::ranges::copy(whole.coefficients, flat.coefficients);
      std::ranges::fill(flat.reach, std::uint8_t{0});
      ASSERT_TRUE(whole.transform() && flat.transform());
      ASSERT_EQ(whole.samples, flat.samples) << level;
    }
  });
}

TEST(JpegPixels, CoefficientsOfNoImageAreRefused) {
  at_every_instruction_level([] {
    if (!has_jpeg_pixels()) return;
    for (const int sign : {1, -1}) {
      Groups groups(8);
      groups.coefficients[256 + 24 + 3] = static_cast<std::int16_t>(sign * 1023);
      EXPECT_TRUE(groups.transform());
      groups.coefficients[256 + 24 + 3] = static_cast<std::int16_t>(sign * 1024);
      EXPECT_FALSE(groups.transform());
    }
  });
}

std::vector<std::uint8_t> random_samples(std::size_t size, std::uint64_t seed) {
  Random random(seed, RandomStream::synthetic, 0);
  std::vector<std::uint8_t> samples(size + 2 * kJpegSlack);
  for (std::uint8_t& value : samples) value = static_cast<std::uint8_t>(random.bits());
  return samples;
}

TEST(JpegPixels, ChromaIsWidenedByThreeQuartersAndAQuarter) {
  at_every_instruction_level([] {
    if (!has_jpeg_pixels()) return;
    std::vector<std::int16_t> sums(500);
    std::vector<std::uint8_t> to(800);
    for (std::size_t size = 1; size < 200; size += size < 70 ? 1 : 31) {
      const auto near = random_samples(size, 2 * size), far = random_samples(size, 2 * size + 1);
      for (const bool is_mixed : {false, true}) {
        widen_chroma(near.data() + 1, is_mixed ? far.data() + 1 : nullptr, size, sums.data(), to.data());
        for (std::size_t i = 0; i < size; ++i) {
          // In sixteenths of mixed rows, quarters otherwise; halves go down on the left, up on the right, or reversed.
          const auto at = [&](std::size_t j) { return is_mixed ? 3 * near[j] + far[j] : near[j]; };
          const int whole = is_mixed ? 16 : 4, left = is_mixed ? 8 : 1, right = is_mixed ? 7 : 2;
          ASSERT_EQ(to[2 * i], (3 * at(i + 1) + at(i) + left) / whole);
          ASSERT_EQ(to[2 * i + 1], (3 * at(i + 1) + at(i + 2) + right) / whole);
        }
      }
      for (const bool is_lower : {false, true}) {
        mix_chroma_rows(near.data(), far.data(), is_lower, size, to.data());
        for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(to[i], (3 * near[i] + far[i] + (is_lower ? 2 : 1)) / 4);
      }
    }
  });
}

TEST(JpegPixels, EveryColourIsThatOfJfif) {
  at_every_instruction_level([] {
    if (!has_jpeg_pixels()) return;
    constexpr std::size_t kValues = 256;
    std::vector<std::uint8_t> rows[3];
    for (auto& row : rows) row.resize(kValues + kJpegSlack);
    std::vector<std::uint8_t> rgb(3 * kValues + 1, 99);
    for (int y = 0; y < 256; y += 15)
      for (int cb = 0; cb < 256; ++cb) {
        const std::size_t size = kValues - static_cast<std::size_t>(cb % 67);
        for (std::size_t cr = 0; cr < size; ++cr) {
          rows[0][cr] = static_cast<std::uint8_t>(y);
          rows[1][cr] = static_cast<std::uint8_t>(cb);
          rows[2][cr] = static_cast<std::uint8_t>(cr);
        }
        rgb[3 * size] = 99;
        jpeg_colors({rows[0].data(), rows[1].data(), rows[2].data()}, size, rgb.data());
        ASSERT_EQ(rgb[3 * size], 99);
        // JFIF's factors in 65536ths, as the sums of tables with an entry for each value.
        const auto rounded = [](int parts) { return static_cast<int>(std::floor(parts / 65536.0 + 0.5)); };
        const int blue = cb - 128;
        for (std::size_t i = 0; i < size; ++i) {
          const int red = static_cast<int>(i) - 128;
          const int expected[] = {y + rounded(91881 * red), y + rounded(-22554 * blue - 46802 * red),
                                  y + rounded(116130 * blue)};
          for (std::size_t c = 0; c < 3; ++c)
            ASSERT_EQ(rgb[3 * i + c], std::clamp(expected[c], 0, 255)) << y << ' ' << cb << ' ' << i;
        }
      }
  });
}

}  // namespace
}  // namespace seg
