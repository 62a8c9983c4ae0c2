// SPDX-License-Identifier: Apache-2.0
#include "image/keyed_digest.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/file.h"
#include "base/random.h"

namespace seg {
namespace {

Bytes random_bytes(std::size_t size) {
  Bytes bytes(size);
  Random random(size, RandomStream::synthetic, 0);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.below(256));
  return bytes;
}

// a * b modulo 2^61 - 1 by doubling and adding, so that nothing overflows.
std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1;
  std::uint64_t sum = 0;
  for (; b != 0; b >>= 1, a = 2 * a % kPrime)
    if ((b & 1) != 0) sum = (sum + a) % kPrime;
  return sum;
}

std::uint64_t by_hand(std::uint64_t key, std::uint64_t digest, const Bytes& bytes) {
  constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1;
  for (std::size_t i = 0; i < bytes.size(); i += 7) {
    std::uint64_t word = 0;
    for (std::size_t k = 0; k < 7 && i + k < bytes.size(); ++k)
      word |= std::to_integer<std::uint64_t>(bytes[i + k]) << 8 * k;
    digest = (product(digest, key) + word) % kPrime;
  }
  return (product(digest, key) + bytes.size()) % kPrime;
}

TEST(KeyedDigest, IsThePolynomialOfTheBytes) {
  for (const std::uint64_t key : {0x0123456789abcdefULL, 1ULL, ~0ULL, (1ULL << 61) - 2}) {
    const std::uint64_t reduced = key % ((std::uint64_t{1} << 61) - 1);
    const KeyedDigest digest(key);
    std::uint64_t ours = 0, expected = 0;
    for (const std::size_t size : {0, 1, 6, 7, 8, 55, 56, 57, 58, 112, 113, 120, 1000, 7001}) {
      ours = digest.extended(ours, random_bytes(size));
      expected = by_hand(reduced, expected, random_bytes(size));
      ASSERT_EQ(ours, expected) << size;
    }
    const Bytes ones(3000, std::byte{255});
    ASSERT_EQ(digest.extended(ours, ones), by_hand(reduced, expected, ones));
  }
}

TEST(KeyedDigest, EveryBitAndTheSizeChangeIt) {
  const KeyedDigest digest(0x1234567890abcdef);
  const Bytes bytes = random_bytes(177);
  const std::uint64_t whole = digest.extended(0, bytes);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    Bytes other = bytes;
    other[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_NE(digest.extended(0, other), whole);
  }
  const Bytes zeros(200);
  EXPECT_NE(digest.extended(0, std::span(zeros).first(7)), digest.extended(0, std::span(zeros).first(14)));
  EXPECT_NE(digest.extended(0, std::span(zeros).first(6)), digest.extended(0, std::span(zeros).first(7)));
}

// What undoes itself in a digest without multiplication by the key: two changes of which one hides the other.
TEST(KeyedDigest, WhatPassesUnderOneKeyDoesNotUnderAnother) {
  constexpr std::uint64_t kPrime = (std::uint64_t{1} << 61) - 1, kKey = 1 << 20;
  Bytes first(14), second(14);
  first[0] = std::byte{1};                      // 1 key^2
  second[7 + 20 / 8] = std::byte{1 << 20 % 8};  // 2^20 key
  EXPECT_EQ(KeyedDigest(kKey).extended(0, first), KeyedDigest(kKey).extended(0, second));
  EXPECT_NE(KeyedDigest(kPrime - 5).extended(0, first), KeyedDigest(kPrime - 5).extended(0, second));
  EXPECT_NE(KeyedDigest::of_random_key().extended(0, first), KeyedDigest::of_random_key().extended(0, first));
}

}  // namespace
}  // namespace seg
