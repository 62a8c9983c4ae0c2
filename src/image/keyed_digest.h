// SPDX-License-Identifier: Apache-2.0
// A number that stands for bytes, made with a secret key, so that not even who chose the bytes can tell two of one
// number.
//
// It is the value, at the key, of a polynomial whose coefficients are the bytes, seven at a time, and their number;
// modulo the prime 2^61 - 1. Polynomials of degree n that differ agree at n keys at most: other bytes pass for those
// that were digested for one key in 2^61 / n, which is 1 in 10^13 for a megabyte.
// Pure functions of key and bytes. Immutable.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace seg {

class KeyedDigest {
 public:
  explicit KeyedDigest(std::uint64_t key) noexcept;
  static KeyedDigest of_random_key();

  // Of the bytes so far, whose digest is `digest` (of none: 0), and then these. To be compared only with what was made
  // in the same steps.
  std::uint64_t extended(std::uint64_t digest, std::span<const std::byte> bytes) const noexcept;

 private:
  std::uint64_t key_, key_to_the_8th_;
};

}  // namespace seg
