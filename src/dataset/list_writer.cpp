// SPDX-License-Identifier: Apache-2.0
#include "dataset/list_writer.h"

#include <array>
#include <optional>
#include <stdexcept>

#include "dataset/list_line.h"

namespace seg {
namespace {

std::optional<std::string> line_of_pair(const ImageAndLabel& pair) {
  if (pair.image.starts_with("\xef\xbb\xbf")) return std::nullopt;  // the byte order mark of a file, on its first line
  return line_of(std::array{pair.image, pair.label});
}

}  // namespace

bool can_be_listed(const ImageAndLabel& pair) { return line_of_pair(pair).has_value(); }

std::string list_text(std::span<const ImageAndLabel> pairs) {
  std::string text;
  for (const ImageAndLabel& pair : pairs) {
    const std::optional<std::string> line = line_of_pair(pair);
    if (!line) throw std::logic_error("a name that no list can hold: " + pair.image);
    text += *line + '\n';
  }
  return text;
}

}  // namespace seg
