// SPDX-License-Identifier: Apache-2.0
#include "image/noise.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/instruction_levels.h"

namespace seg {
namespace {

using testing::at_every_instruction_level;

// The definition, in numbers of 64 bits.
std::int64_t value_with_noise(const Noise& noise, std::uint64_t number, std::int64_t value, int bits) {
  constexpr std::uint64_t kModulus = std::uint64_t{1} << 32;
  std::uint64_t x = (number ^ noise.first) % kModulus;
  x ^= x >> 16;
  x = x * 0x85ebca6b % kModulus;
  x ^= x >> 13;
  x = (x + noise.second) % kModulus;
  x = x * 0xc2b2ae35 % kModulus;
  x ^= x >> 16;
  std::int64_t sum = -510;
  for (int byte = 0; byte < 4; ++byte) sum += static_cast<std::int64_t>(x >> (8 * byte) & 255);
  const double unit = bits == 8 ? 65536 : 256;
  const double changed =
      std::floor(static_cast<double>(value) + static_cast<double>(sum * noise.strength) / unit + 0.5);
  return static_cast<std::int64_t>(std::clamp(changed, 0.0, std::exp2(bits) - 1));
}

template <class T>
void check(const Noise& noise, std::uint32_t number, std::size_t size) {
  std::vector<T> values(size + 1);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<T>(i * 40503);
  const std::vector<T> before = values;
  add_noise(noise, number, std::span(values).first(size));
  for (std::size_t i = 0; i < size; ++i) {
    ASSERT_EQ(values[i], value_with_noise(noise, number + i, before[i], sizeof(T) * 8)) << i;
  }
  ASSERT_EQ(values[size], before[size]);
}

TEST(Noise, IsThatOfItsDefinition) {
  at_every_instruction_level([] {
    for (const double deviation : {0.0, 0.001, 0.05, 1.0}) {
      for (const std::size_t size : {0U, 1U, 3U, 15U, 16U, 17U, 500U}) {
        const Noise noise{noise_strength(deviation), 0x12345678, 0x9abcdef0};
        check<std::uint8_t>(noise, 0, size);
        check<std::uint16_t>(noise, 0, size);
        check<std::uint8_t>(noise, 1'000'003, size);
        check<std::uint16_t>({noise.strength, 7, 8}, 3'000'000'000U, size);
      }
    }
  });
}

// A picture of one gray: mean, deviation, and that neighbours know nothing of one another.
TEST(Noise, HasTheDeviationAskedFor) {
  constexpr std::size_t kCount = 1 << 20;
  std::vector<std::uint8_t> values(kCount, 128);
  add_noise({noise_strength(0.05), 99, 1234}, 0, std::span(values));
  double sum = 0, squares = 0, products = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    const double v = values[i] - 128.0, next = values[(i + 1) % kCount] - 128.0;
    sum += v, squares += v * v, products += v * next;
  }
  const double deviation = std::sqrt(squares / kCount);
  EXPECT_NEAR(sum / kCount, 0, 0.06);
  EXPECT_NEAR(deviation, 0.05 * 255, 0.06);
  EXPECT_NEAR(products / squares, 0, 0.005);
}

TEST(Noise, DiffersFromKeyToKey) {
  const auto picture = [](const Noise& noise) {
    std::vector<std::uint8_t> values(4096, 128);
    add_noise(noise, 0, std::span(values));
    return values;
  };
  const std::int32_t strength = noise_strength(0.2);
  const auto first = picture({strength, 1, 1});
  for (const Noise& other : {Noise{strength, 2, 1}, Noise{strength, 1, 2}}) {
    const auto second = picture(other);
    std::size_t equal = 0;
    for (std::size_t i = 0; i < first.size(); ++i) equal += first[i] == second[i] ? 1 : 0;
    EXPECT_LT(equal, first.size() / 20);
  }
}

}  // namespace
}  // namespace seg
