// SPDX-License-Identifier: Apache-2.0
#include "dataset/list_line.h"

#include <algorithm>
#include <cstddef>

#include "base/utf8.h"

namespace seg {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::size_t kLongestName = 4096, kLongestLine = std::size_t{1} << 16;
constexpr std::size_t kShownOfALine = 60;

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Where the quoted text that begins at `start` ends: behind its closing mark; npos if it has none.
std::size_t end_of_quoted(std::string_view line, std::size_t start) noexcept {
  std::size_t mark = line.find('"', start + 1);
  while (mark != std::string_view::npos && line.substr(mark + 1).starts_with('"')) mark = line.find('"', mark + 2);
  return mark == std::string_view::npos ? mark : mark + 1;
}

// Calls visit(i) for each byte that stands outside of quoted columns, which begin at the line's start or after a
// separator. False if a quoted column has no end.
template <class Visitor>
bool visit_bare(std::string_view line, std::string_view separators, Visitor&& visit) {
  bool may_begin = true;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (may_begin && line[i] == '"') {
      const std::size_t end = end_of_quoted(line, i);
      if (end == std::string_view::npos) return false;
      i = end - 1;
      may_begin = false;
      continue;
    }
    if (separators.find(line[i]) != std::string_view::npos)
      may_begin = true;
    else if (kBlanks.find(line[i]) == std::string_view::npos)
      may_begin = false;
    visit(i);
  }
  return true;
}

// Whether the blanks around line[i] stand beside a comma and only pad it.
bool pads_a_comma(std::string_view line, std::size_t i) noexcept {
  const auto before = line.find_last_not_of(kBlanks, i), after = line.find_first_not_of(kBlanks, i);
  return (before != std::string_view::npos && line[before] == ',') ||
         (after != std::string_view::npos && line[after] == ',');
}

bool looks_like_a_file(std::string_view name) noexcept {
  if (name.starts_with('"')) return true;
  name = name.substr(name.find_last_of("/\\") + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == name.size() || name.size() - dot > 9) return false;
  return std::ranges::all_of(name.substr(dot + 1), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

bool names_a_drive(std::string_view name) noexcept {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return name.size() > 2 && is_letter(name[0]) && name[1] == ':' && name[2] == '/';
}

LineFault fault(std::string_view kind, std::string what, std::string_view line, std::string_view remedy) {
  return {.kind = kind, .what = std::move(what) + ": " + shown_line(line), .remedy = remedy};
}

// The separator of the line, or why it has none. A lone column has no separators and takes any.
struct Separator {
  char character = ',';
  std::optional<LineFault> fault = {};
};

Separator separator_of(std::string_view line) {
  const LineFault open = fault("lines with an open quotation mark", "holds a quotation mark that is not closed", line,
                               "close it; a name that begins with a mark is written \"\"\"like this\"");
  bool has_comma = false, has_tab = false, has_space = false;
  std::size_t next_look = 0;  // one look for all the tabs that stand together
  const auto look = [&](std::size_t i) {
    has_comma |= line[i] == ',';
    if (line[i] != '\t' || i < next_look) return;
    has_tab |= !pads_a_comma(line, i);
    next_look = line.find_first_not_of(kBlanks, i);
  };
  if (!visit_bare(line, ",\t", look)) return {.fault = open};
  if (has_comma && has_tab)
    return {.fault = fault("lines with commas and tabs", "holds commas and tabs, and one of them separates", line,
                           "put names that hold the other one in quotation marks")};
  if (has_comma) return {.character = ','};
  if (has_tab) return {.character = '\t'};
  if (!visit_bare(line, " ", [&](std::size_t i) { has_space |= line[i] == ' '; })) return {.fault = open};
  return {.character = has_space ? ' ' : ','};
}

std::string unquoted(std::string_view column) {
  if (!column.starts_with('"')) return std::string(column);
  std::string name;
  for (std::size_t i = 1; i + 1 < column.size(); ++i) {
    name += column[i];
    if (column[i] == '"') ++i;  // the second one of a pair
  }
  return name;
}

// The texts between the separators, still quoted. Of blanks, several separate like one.
std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  const auto take = [&](std::size_t end) {
    const std::string_view part = trimmed(line.substr(start, end - start));
    if (separator != ' ' || !part.empty()) parts.push_back(part);
    start = end + 1;
  };
  visit_bare(line, std::string_view(&separator, 1), [&](std::size_t i) {
    if (line[i] == separator) take(i);
  });
  take(line.size());
  return parts;
}

LineFault too_long(std::string_view line, std::string_view what) {
  return fault("lines with impossibly long names", "holds " + std::string(what), line,
               "name a text file with one `image,label` a line");
}

std::optional<LineFault> fault_of(std::string_view part, std::size_t i, std::size_t count, std::string_view line) {
  if (part.empty() || part == "\"\"") {
    const std::string what = i == 0 ? "names no image" : i + 1 == count ? "names no label" : "has an empty column";
    return fault("lines without an image or a label", what, line, "write `image,label`, or delete the line");
  }
  if (part.starts_with('"') && end_of_quoted(part, 0) != part.size())
    return fault("lines with text beside quotation marks", "holds text behind a closing quotation mark", line,
                 "put whole names in quotation marks, or none of them");
  if (part.size() > kLongestName) return too_long(line, "a name of more than 4096 bytes");
  return std::nullopt;
}

}  // namespace

ListLine list_line(std::string_view line) {
  line = trimmed(line);
  if (line.empty() || line.starts_with('#')) return {};
  if (line.size() > kLongestLine) return {.columns = {}, .fault = too_long(line, "more than 65536 bytes")};
  if (const auto broken = first_broken_byte(line))
    return {.columns = {},
            .fault = LineFault{.kind = "lines that are not UTF-8",
                               .what = "is not UTF-8: byte " + byte_text(line[*broken]) + " in " + shown_line(line) +
                                       ", character " + std::to_string(*broken + 1),
                               .remedy = "iconv -f latin1 -t utf-8 (or from the encoding it was written in)"}};
  const Separator separator = separator_of(line);
  if (separator.fault) return {.columns = {}, .fault = separator.fault};
  const std::vector<std::string_view> parts = split(line, separator.character);
  ListLine read;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (auto bad = fault_of(parts[i], i, parts.size(), line)) return {.columns = {}, .fault = std::move(bad)};
    if (separator.character == ' ' && !looks_like_a_file(parts[i]))
      return {.columns = {},
              .fault = fault("lines without a comma", "holds no comma, and not all between its blanks are files", line,
                             "write `image,label`: file names with a comma between them")};
    std::string name = unquoted(parts[i]);
    std::ranges::replace(name, '\\', '/');
    if (names_a_drive(name))
      return {.columns = {},
              .fault = fault("lines that name a drive of Windows", "names a drive of Windows", line,
                             "write paths relative to im_root, for example with sed 's|C:\\\\data\\\\||g'")};
    read.columns.push_back(std::move(name));
  }
  return read;
}

std::optional<std::string> line_of(std::span<const std::string> columns) {
  std::string line;
  for (const std::string& column : columns) {
    if (!line.empty()) line += ',';
    const bool is_plain = column.find_first_of(",\t") == std::string::npos && !column.starts_with('"') &&
                          !column.starts_with('#') && trimmed(column).size() == column.size() &&
                          (columns.size() > 1 || column.find(' ') == std::string::npos);
    if (is_plain) {
      line += column;
      continue;
    }
    line += '"';
    for (const char c : column) line.append(c == '"' ? 2 : 1, c);
    line += '"';
  }
  const ListLine read = list_line(line);
  const bool breaks = line.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos;
  if (breaks || read.fault || !std::ranges::equal(read.columns, columns)) return std::nullopt;
  return line;
}

std::string shown_line(std::string_view line) {
  std::string shown = "\"";
  std::size_t i = 0;
  while (i < line.size() && i < kShownOfALine) {
    const std::size_t length = character_length(line, i);
    const auto c = static_cast<unsigned char>(line[i]);
    if (length == 0 || c < ' ' || c == 127)
      shown += '?';
    else
      shown += line.substr(i, length);
    i += std::max<std::size_t>(length, 1);
  }
  return shown + (i < line.size() ? "…\"" : "\"");
}

}  // namespace seg
