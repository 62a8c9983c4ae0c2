// SPDX-License-Identifier: Apache-2.0
// Dropout without a mask: whether an element is kept is a hash of (seed, node's name, sample's number, position), so
// the derivative draws the same again, and splitting a batch, repeating a step or changing the threads moves nothing.
#pragma once
#include <cstdint>
#include <string_view>

#include "engine/kernels/vector_clones.h"

namespace seg::kernels {

struct DropoutKey {
  std::uint32_t first = 0, second = 0;
};
DropoutKey dropout_key(std::uint64_t seed, std::string_view node, std::uint64_t sample);

// Of the element at `position` = (y * width + x) * channels + channel of its image: 32 bits, uniform.
// An integer hash with two multiplications (its constants are those that T. Mueller and C. Wellons found by search),
// fed through both halves of the key.
SEG_INLINE std::uint32_t dropout_bits(DropoutKey key, std::uint32_t position) {
  std::uint32_t h = position * 0x9E3779B1U + key.first;
  h ^= h >> 16;
  h *= 0x7FEB352DU;
  h ^= h >> 15;
  h += key.second;
  h *= 0x846CA68BU;
  return h ^ (h >> 16);
}

// An element is dropped if its bits are below this.
std::uint32_t dropout_threshold(double p);
// What kept elements are multiplied with.
inline double dropout_scale(double p) { return 1.0 / (1.0 - p); }

}  // namespace seg::kernels
