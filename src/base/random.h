// SPDX-License-Identifier: Apache-2.0
// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
//
// A number is a pure function of (key, stream, subsequence, position): nothing depends on threads, on time, or on what
// was drawn before for another sample. Integers and uniform() are the same on every platform; normal() is as exact as
// the platform's logarithm and cosine. Not thread-safe; cheap to make.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace seg {

using PhiloxBlock = std::array<std::uint32_t, 4>;

// The bare function, for kernels that draw by position.
PhiloxBlock philox(PhiloxBlock counter, std::array<std::uint32_t, 2> key) noexcept;

// What the numbers are for; different purposes never share numbers.
enum class RandomStream : std::uint32_t {
  order = 1,
  augmentation = 2,
  weights = 3,
  dropout = 4,
  synthetic = 5,
  substitute = 6
};

class Random {
 public:
  Random(std::uint64_t seed, RandomStream stream, std::uint64_t subsequence) noexcept;

  std::uint32_t bits() noexcept;
  double uniform() noexcept;                          // [0, 1), 32 bits of precision
  double uniform(double low, double high) noexcept;   // [low, high)
  std::uint64_t below(std::uint64_t count) noexcept;  // 0 … count-1, unbiased; count > 0
  double normal() noexcept;                           // mean 0, deviation 1 (Box-Muller)

 private:
  std::array<std::uint32_t, 2> key_;
  PhiloxBlock counter_;
  PhiloxBlock block_{};
  std::uint32_t used_ = 4;
};

// The order in which epoch `epoch` visits `count` items (Fisher-Yates).
std::vector<std::uint32_t> permutation(std::uint64_t seed, std::uint64_t epoch, std::uint32_t count);

// 64 bits that stand for a text, the same on every platform (FNV-1a).
std::uint64_t hash_of(const char* text, std::size_t length) noexcept;

}  // namespace seg
