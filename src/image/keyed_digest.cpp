// SPDX-License-Identifier: Apache-2.0
#include "image/keyed_digest.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <random>

namespace seg {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1;
constexpr std::size_t kWordBytes = 7, kLanes = 8;

// The same modulo the prime, and little more than it.
constexpr std::uint64_t folded(std::uint64_t number) noexcept { return (number & kPrime) + (number >> 61); }

// a * b + c of numbers that are folded.
constexpr std::uint64_t next(std::uint64_t a, std::uint64_t b, std::uint64_t c) noexcept {
  const Wide product = static_cast<Wide>(a) * b;
  return folded((static_cast<std::uint64_t>(product) & kPrime) + static_cast<std::uint64_t>(product >> 61)) + c;
}

std::uint64_t word_at(const std::byte* bytes) noexcept {  // of which eight are there
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word & ((std::uint64_t{1} << 8 * kWordBytes) - 1);
}

}  // namespace

KeyedDigest::KeyedDigest(std::uint64_t key) noexcept : key_(key % kPrime), key_to_the_8th_(key_) {
  for (int i = 0; i < 3; ++i) key_to_the_8th_ = folded(next(key_to_the_8th_, key_to_the_8th_, 0));
}

KeyedDigest KeyedDigest::of_random_key() {
  std::random_device random;
  return KeyedDigest(std::uint64_t{random()} << 32 | random());
}

// Eight sums side by side, as one alone would wait for its products: each has every eighth word.
std::uint64_t KeyedDigest::extended(std::uint64_t digest, std::span<const std::byte> bytes) const noexcept {
  const std::uint64_t size = bytes.size();
  if (bytes.size() > kLanes * kWordBytes) {
    std::array<std::uint64_t, kLanes> sums{};
    sums.back() = digest;
    for (; bytes.size() > kLanes * kWordBytes; bytes = bytes.subspan(kLanes * kWordBytes))
      for (std::size_t i = 0; i < kLanes; ++i)
        sums[i] = next(sums[i], key_to_the_8th_, word_at(bytes.data() + i * kWordBytes));
    digest = 0;
    for (const std::uint64_t sum : sums) digest = next(digest, key_, folded(sum));
  }
  while (!bytes.empty()) {
    std::array<std::byte, 8> word{};
    const std::size_t count = std::min(bytes.size(), kWordBytes);
    std::memcpy(word.data(), bytes.data(), count);
    digest = next(folded(digest), key_, word_at(word.data()));
    bytes = bytes.subspan(count);
  }
  digest = folded(next(folded(digest), key_, size & kPrime));
  return digest >= kPrime ? digest - kPrime : digest;
}

}  // namespace seg
