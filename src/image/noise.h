// SPDX-License-Identifier: Apache-2.0
// Noise for the values of an image, from counters: the noise of a value depends on the key and its number alone.
//
// Number i is scrambled with the key to 32 bits (MurmurHash3's finalizer, the key's halves put in before and halfway;
// all modulo 2^32):
//   x = i ^ first;  x ^= x >> 16;  x *= 0x85ebca6b;  x ^= x >> 13;  x += second;  x *= 0xc2b2ae35;  x ^= x >> 16
// The sum S of its four bytes has the mean 510 and nearly the shape of a bell; the value gets (S - 510) strength /
// 2^16, in 16-bit images 2^8 times that, rounded to nearest (halves go up), and is clipped to its range.
// Results are the same at every level of instructions. Thread-safe.
#pragma once
#include <cstdint>
#include <span>

namespace seg {

struct Noise {
  std::int32_t strength = 0;  // up to 2^17
  std::uint32_t first = 0, second = 0;

  bool operator==(const Noise&) const = default;
};

// The strength at which the noise of an 8-bit image has this standard deviation, as a share of the largest value.
std::int32_t noise_strength(double deviation) noexcept;

// In place; the first of the values has number `number`.
void add_noise(const Noise& noise, std::uint32_t number, std::span<std::uint8_t> values) noexcept;
void add_noise(const Noise& noise, std::uint32_t number, std::span<std::uint16_t> values) noexcept;

}  // namespace seg
