// SPDX-License-Identifier: Apache-2.0
// Is this text UTF-8, and where does it stop being that? Pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seg {

// Bytes of the UTF-8 character that begins at text[i], or 0 if none does (overlong forms and surrogates are none).
std::size_t character_length(std::string_view text, std::size_t i) noexcept;

// Offset of the first byte that is not UTF-8.
std::optional<std::size_t> first_broken_byte(std::string_view text) noexcept;

// The character as UTF-8; nothing for what is no character (surrogates, beyond U+10FFFF).
std::optional<std::string> utf8_of(std::uint32_t code_point);

std::string byte_text(char byte);  // "0xff", for messages

}  // namespace seg
