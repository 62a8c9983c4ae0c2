// SPDX-License-Identifier: Apache-2.0
// Texts that a user wrote: a config, a list. Their names come from outside, so what is read is bounded.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace seg {

struct UserText {
  std::string_view kind;     // for messages: "config"
  std::size_t most_bytes;    // more is a UserError
  bool may_be_pipe = false;  // as the shell's <(…) is; whatever else is no file is a UserError, too
};
std::string read_user_text(const std::filesystem::path& path, const UserText& text);

// Of the first byte of value 0, which no text has; counted from 1.
std::optional<std::int64_t> line_of_zero_byte(std::string_view text) noexcept;

}  // namespace seg
