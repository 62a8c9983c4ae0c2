// SPDX-License-Identifier: Apache-2.0
#include "image/channels.h"

#include <stdexcept>

namespace seg {
namespace {

constexpr unsigned kDeepOf8Bits = 257;  // 255 -> 65535

template <class From, class To>
void put(const Image& part, std::int64_t first, Image& whole) {
  constexpr unsigned kFactor = sizeof(To) > sizeof(From) ? kDeepOf8Bits : 1;
  const auto count = static_cast<std::size_t>(part.channels()), stride = static_cast<std::size_t>(whole.channels());
  for (std::int64_t y = 0; y < part.height(); ++y) {
    const From* from = part.row<From>(y).data();
    To* to = whole.row<To>(y).data() + first;
    for (std::int64_t x = 0; x < part.width(); ++x, from += count, to += stride)
      for (std::size_t c = 0; c < count; ++c) to[c] = static_cast<To>(from[c] * kFactor);
  }
}

}  // namespace

void put_channels(const Image& part, std::int64_t first, Image& whole) {
  const bool fits = part.height() == whole.height() && part.width() == whole.width() && first >= 0 &&
                    first + part.channels() <= whole.channels();
  if (!fits || (part.type() == PixelType::u16 && whole.type() == PixelType::u8))
    throw std::logic_error("the channels do not fit into the image");
  if (part.type() == PixelType::u16) return put<std::uint16_t, std::uint16_t>(part, first, whole);
  if (whole.type() == PixelType::u16) return put<std::uint8_t, std::uint16_t>(part, first, whole);
  put<std::uint8_t, std::uint8_t>(part, first, whole);
}

}  // namespace seg
