// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/margins.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <limits>
#include <vector>

#include "engine/kernels/vector_clones.h"

namespace seg::kernels {
namespace {

constexpr std::int64_t kTogether = 8;  // places whose comparisons do not wait for each other
constexpr int kHalfBits = 16;
constexpr std::uint32_t kLowHalf = (1U << kHalfBits) - 1;

SEG_INLINE float larger(float a, float b) { return b > a ? b : a; }
SEG_INLINE float smaller(float a, float b) { return b > a ? a : b; }

SEG_INLINE float difference(float first, float second) {
  const float margin = first - second;
  return margin > 0.0F ? margin : 0.0F;
}

template <std::int64_t kCount>
SEG_INLINE void margins_of(const float* SEG_RESTRICT logits, std::int64_t num_classes, float* SEG_RESTRICT margins) {
  float first[kCount], second[kCount];
  for (std::int64_t i = 0; i < kCount; ++i) first[i] = second[i] = -std::numeric_limits<float>::infinity();
  for (std::int64_t k = 0; k < num_classes; ++k)
    for (std::int64_t i = 0; i < kCount; ++i) {
      const float v = logits[i * num_classes + k];
      second[i] = larger(second[i], smaller(first[i], v));
      first[i] = larger(first[i], v);
    }
  for (std::int64_t i = 0; i < kCount; ++i) margins[i] = difference(first[i], second[i]);
}

// Of floats that are at least 0 the bits have the same order.
std::uint32_t key_of(float margin) { return std::bit_cast<std::uint32_t>(margin); }

// The value of the bin in which the n-th (from 0) of them lies; n becomes its number within the bin.
std::uint32_t bin_of(const std::vector<std::int64_t>& counts, std::int64_t& n) {
  std::uint32_t bin = 0;
  while (n >= counts[bin]) n -= counts[bin++];
  return bin;
}

// The n-th smallest key; n becomes the number of keys like it that come before.
std::uint32_t nth_key(std::span<const float> margins, std::int64_t& n) {
  std::vector<std::int64_t> counts(std::size_t{1} << kHalfBits);
  for (const float margin : margins) ++counts[key_of(margin) >> kHalfBits];
  const std::uint32_t high = bin_of(counts, n);
  std::ranges::fill(counts, 0);
  for (const float margin : margins)
    if (key_of(margin) >> kHalfBits == high) ++counts[key_of(margin) & kLowHalf];
  return high << kHalfBits | bin_of(counts, n);
}

}  // namespace

SEG_VECTOR_CLONES void margins(const float* logits, std::int64_t num_classes, std::int64_t count, float* margins) {
  std::int64_t i = 0;
  for (; i + kTogether <= count; i += kTogether)
    margins_of<kTogether>(logits + i * num_classes, num_classes, margins + i);
  for (; i < count; ++i) margins_of<1>(logits + i * num_classes, num_classes, margins + i);
}

void least_of(std::span<const float> margins, std::span<std::int32_t> chosen) {
  assert(chosen.size() <= margins.size());
  if (chosen.empty()) return;
  auto equal_left = static_cast<std::int64_t>(chosen.size()) - 1;
  const std::uint32_t last = nth_key(margins, equal_left);
  ++equal_left;
  std::size_t written = 0;
  for (std::size_t i = 0; written < chosen.size(); ++i) {
    const std::uint32_t key = key_of(margins[i]);
    if (key < last || (key == last && equal_left-- > 0)) chosen[written++] = static_cast<std::int32_t>(i);
  }
}

}  // namespace seg::kernels
