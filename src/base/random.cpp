// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

namespace seg {
namespace {

constexpr int kRounds = 10;
constexpr std::uint64_t kMultiplier0 = 0xD2511F53;
constexpr std::uint64_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;  // golden ratio
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;  // sqrt(3) - 1
constexpr double kTwoToMinus32 = 1.0 / 4294967296.0;

constexpr std::uint32_t low_half(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
constexpr std::uint32_t high_half(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32); }

}  // namespace

PhiloxBlock philox(PhiloxBlock counter, std::array<std::uint32_t, 2> key) noexcept {
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t product0 = kMultiplier0 * counter[0];
    const std::uint64_t product1 = kMultiplier1 * counter[2];
    counter = {high_half(product1) ^ counter[1] ^ key[0], low_half(product1), high_half(product0) ^ counter[3] ^ key[1],
               low_half(product0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

// The counter is (position, subsequence, stream): 2^32 blocks of four numbers before a subsequence repeats itself.
Random::Random(std::uint64_t seed, RandomStream stream, std::uint64_t subsequence) noexcept
    : key_{low_half(seed), high_half(seed)},
      counter_{0, low_half(subsequence), high_half(subsequence), static_cast<std::uint32_t>(stream)} {}

std::uint32_t Random::bits() noexcept {
  if (used_ == block_.size()) {
    block_ = philox(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return block_[used_++];
}

double Random::uniform() noexcept { return bits() * kTwoToMinus32; }

double Random::uniform(double low, double high) noexcept { return low + (high - low) * uniform(); }

std::uint64_t Random::below(std::uint64_t count) noexcept {
  assert(count > 0);
  if (count <= std::numeric_limits<std::uint32_t>::max()) {
    // Lemire, "Fast random integer generation in an interval", 2019: the high half of a product, rejecting the few
    // low halves that would favour some results.
    const std::uint32_t rejected = low_half((std::uint64_t{1} << 32) % count);
    std::uint64_t product = count * bits();
    while (low_half(product) < rejected) product = count * bits();
    return high_half(product);
  }
  const std::uint64_t rejected = (0 - count) % count;  // 2^64 mod count
  while (true) {
    const std::uint64_t high = bits();
    const std::uint64_t value = high << 32 | bits();
    if (value >= rejected) return value % count;
  }
}

double Random::normal() noexcept {
  const double radius = std::sqrt(-2.0 * std::log((bits() + 1.0) * kTwoToMinus32));  // the logarithm of (0, 1]
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::vector<std::uint32_t> permutation(std::uint64_t seed, std::uint64_t epoch, std::uint32_t count) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  Random random(seed, RandomStream::order, epoch);
  for (std::uint32_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

std::uint64_t hash_of(const char* text, std::size_t length) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (std::size_t i = 0; i < length; ++i) {
    hash ^= static_cast<unsigned char>(text[i]);
    hash *= 0x100000001B3;
  }
  return hash;
}

}  // namespace seg
