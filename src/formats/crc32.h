// SPDX-License-Identifier: Apache-2.0
// The CRC-32 of ZIP, gzip and PNG. Pure function.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace seg {

// Of what `checksum` covers followed by `bytes`; 0 begins.
std::uint32_t add_to_crc32(std::uint32_t checksum, std::span<const std::byte> bytes) noexcept;

}  // namespace seg
