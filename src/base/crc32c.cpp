// SPDX-License-Identifier: Apache-2.0
#include "base/crc32c.h"

#include <isa-l/crc.h>

#include <limits>

namespace seg {

std::uint32_t crc32c(std::string_view data, std::uint32_t before) noexcept {
  // The library takes an int for the length, and leaves the inversion before and after to its caller.
  constexpr std::size_t kMost = std::numeric_limits<int>::max();
  std::uint32_t crc = ~before;
  while (!data.empty()) {
    const std::string_view part = data.substr(0, kMost);
    auto* const bytes = reinterpret_cast<unsigned char*>(const_cast<char*>(part.data()));  // it only reads
    crc = crc32_iscsi(bytes, static_cast<int>(part.size()), crc);
    data.remove_prefix(part.size());
  }
  return ~crc;
}

}  // namespace seg
