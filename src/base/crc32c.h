// SPDX-License-Identifier: Apache-2.0
// CRC-32C (Castagnoli), by the processor's own instruction where it has one. A pure function.
#pragma once
#include <cstdint>
#include <string_view>

namespace seg {

// Of what `before` is the checksum of, and the data behind it.
std::uint32_t crc32c(std::string_view data, std::uint32_t before = 0) noexcept;

}  // namespace seg
