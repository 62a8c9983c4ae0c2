// SPDX-License-Identifier: Apache-2.0
#include "base/user_text.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/error.h"
#include "base/opened_file.h"
#include "base/text.h"

namespace seg {

std::string read_user_text(const std::filesystem::path& path, const UserText& text) {
  constexpr std::size_t kStep = std::size_t{1} << 16;
  const Descriptor file = open_for_reading(path, text.may_be_pipe ? Pipes::taken : Pipes::refused);
  const std::size_t size = size_of(file, path);
  const auto refuse = [&](const std::string& length) {
    fail(path.string(), "is " + length + " long, which no " + std::string(text.kind) + " is",
         "name the " + std::string(text.kind) + ", not data");
  };
  if (size > text.most_bytes) refuse(bytes_text(static_cast<std::int64_t>(size)));
  // The size is a hint only: pipes and files of /proc have none, others may grow.
  std::string content;
  std::size_t wanted = size + 1, got = 0;  // one more, by which the end shows
  do {
    const std::size_t filled = content.size();
    content.resize(filled + wanted);
    got = read_fully(file, path, content.data() + filled, wanted);
    content.resize(filled + got);
    if (content.size() > text.most_bytes) refuse("more than " + bytes_text(static_cast<std::int64_t>(text.most_bytes)));
  } while (got == std::exchange(wanted, kStep));
  return content;
}

std::optional<std::int64_t> line_of_zero_byte(std::string_view text) noexcept {
  const std::size_t zero = text.find('\0');
  if (zero == std::string_view::npos) return std::nullopt;
  return 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(zero), '\n');
}

}  // namespace seg
