// SPDX-License-Identifier: Apache-2.0
// Squares of rows of channels for the tests of Winograd's maps.
#pragma once
#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "engine/kernels/winograd_tile.h"

namespace seg::testing {

inline constexpr std::size_t kChannels = 32;

inline float value_of(float number) { return number; }
inline float value_of(std::uint16_t bits) {
  const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16U;
  float number = 0;
  std::memcpy(&number, &wide, sizeof number);
  return number;
}

// The rows are random numbers, with something between them that belongs to nobody. Number is float, or uint16_t for
// the bits of bfloat16 values.
template <class Number, std::size_t Side>
class RandomSquare {
 public:
  explicit RandomSquare(unsigned seed) : numbers_(Side * Side * kRow) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> range(-1, 1);
    for (Number& number : numbers_) {
      const float value = range(random);
      std::uint32_t bits = 0;
      std::memcpy(&bits, &value, sizeof bits);
      if constexpr (sizeof(Number) == sizeof(float))
        number = value;
      else
        number = static_cast<Number>(bits >> 16U);
    }
  }
  float at(std::size_t i, std::size_t j, std::size_t channel) const {
    return value_of(numbers_[(i * Side + j) * kRow + channel]);
  }
  kernels::winograd::Square<const Number, Side> sources() const {
    kernels::winograd::Square<const Number, Side> result;
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = numbers_.data() + i * kRow;
    return result;
  }
  kernels::winograd::Square<Number, Side> places() {
    kernels::winograd::Square<Number, Side> result;
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = numbers_.data() + i * kRow;
    return result;
  }
  bool keeps_its_gaps(const RandomSquare& before) const {
    for (std::size_t i = 0; i < Side * Side; ++i) {
      for (std::size_t c = kChannels; c < kRow; ++c) {
        if (numbers_[i * kRow + c] != before.numbers_[i * kRow + c]) return false;
      }
    }
    return true;
  }

 private:
  static constexpr std::size_t kRow = kChannels + 5;
  std::vector<Number> numbers_;
};

template <std::size_t Side>
using FloatSquare = RandomSquare<float, Side>;

// The sum over a square of products, in double.
template <std::size_t Side>
double inner_product(const FloatSquare<Side>& a, const FloatSquare<Side>& b, std::size_t channel) {
  double sum = 0;
  for (std::size_t i = 0; i < Side; ++i) {
    for (std::size_t j = 0; j < Side; ++j) sum += static_cast<double>(a.at(i, j, channel)) * b.at(i, j, channel);
  }
  return sum;
}

}  // namespace seg::testing
