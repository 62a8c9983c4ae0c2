// SPDX-License-Identifier: Apache-2.0
// One colour of 8 bits a channel.
#pragma once
#include <cstdint>

namespace seg {

struct Rgb {
  std::uint8_t r = 0, g = 0, b = 0;
  bool operator==(const Rgb&) const = default;
};

}  // namespace seg
