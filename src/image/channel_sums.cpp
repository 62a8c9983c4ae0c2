// SPDX-License-Identifier: Apache-2.0
#include "image/channel_sums.h"

#include <cstddef>
#include <span>

namespace seg {
namespace {

template <class T>
void add_row(std::span<const T> row, std::size_t channels, ChannelSums& sums) {
  for (std::size_t c = 0; c < channels; ++c) {
    std::uint64_t values = 0, squares = 0;
    for (std::size_t i = c; i < row.size(); i += channels) {
      const std::uint64_t value = row[i];
      values += value;
      squares += value * value;
    }
    sums.values[c] += values;
    sums.squares[c] += squares;
  }
}

}  // namespace

ChannelSums channel_sums(const ImageView& image) {
  const auto channels = static_cast<std::size_t>(image.channels());
  ChannelSums sums{.values = std::vector<std::uint64_t>(channels), .squares = std::vector<std::uint64_t>(channels)};
  for (std::int64_t y = 0; y < image.height(); ++y) {
    if (image.layout().type == PixelType::u8) {
      add_row(image.row<std::uint8_t>(y), channels, sums);
    } else {
      add_row(image.row<std::uint16_t>(y), channels, sums);
    }
  }
  return sums;
}

}  // namespace seg
