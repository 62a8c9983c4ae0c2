// SPDX-License-Identifier: Apache-2.0
#include "formats/crc32.h"

#include <zlib.h>

namespace seg {

std::uint32_t add_to_crc32(std::uint32_t checksum, std::span<const std::byte> bytes) noexcept {
  // An empty span may be a null pointer, which zlib takes for a call to reset.
  if (bytes.empty()) return checksum;
  return static_cast<std::uint32_t>(crc32_z(checksum, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace seg
