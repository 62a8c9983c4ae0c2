// SPDX-License-Identifier: Apache-2.0
// Images for networks to look at.
#pragma once
#include <cstdint>

#include "base/random.h"
#include "image/image.h"

namespace seg::testing {

// Blotches of 4x4 pixels: what the network sees differs from place to place.
template <class T>
Image blotches(const ImageLayout& layout, std::uint64_t seed) {
  Image image(layout);
  for (std::int64_t y = 0; y < layout.height; ++y) {
    const auto row = image.row<T>(y);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto x = static_cast<std::int64_t>(i) / layout.channels;
      Random random(seed, RandomStream::synthetic, static_cast<std::uint64_t>(y / 4 * 1000 + x / 4));
      for (std::int64_t c = 0; c < static_cast<std::int64_t>(i) % layout.channels; ++c) (void)random.bits();
      row[i] = static_cast<T>(random.bits());
    }
  }
  return image;
}

}  // namespace seg::testing
