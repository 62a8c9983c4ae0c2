// SPDX-License-Identifier: Apache-2.0
#include "config/toml_reader.h"

// The parser's debug form asserts what a damaged file may violate ("[" at the end of a line); unasserted, it goes on to
// say what is wrong.
#define TOML_ASSERT(condition) static_assert(true)
#include <toml++/toml.h>

#include <algorithm>
#include <cstddef>
#include <sstream>

#include "base/error.h"

namespace seg {
namespace {

ConfigValue value_of(const toml::node& node);

ConfigValue::Table table_of(const toml::table& table) {
  ConfigValue::Table entries;
  for (const auto& [key, node] : table) entries.push_back({std::string(key.str()), value_of(node)});
  return entries;
}

ConfigValue::List list_of(const toml::array& array) {
  ConfigValue::List elements;
  for (const toml::node& node : array) elements.push_back(value_of(node));
  return elements;
}

ConfigValue value_of(const toml::node& node) {
  if (const auto* value = node.as_boolean()) return {value->get()};
  if (const auto* value = node.as_integer()) return {std::int64_t{value->get()}};
  if (const auto* value = node.as_floating_point()) return {value->get()};
  if (const auto* value = node.as_string()) return {value->get()};
  if (const auto* array = node.as_array()) return {list_of(*array)};
  if (const auto* table = node.as_table()) return {table_of(*table)};
  std::ostringstream text;  // a date or time: no key takes one, and the message shows it
  node.visit([&](const auto& value) {
    if constexpr (toml::is_chronological<decltype(value)>) text << value.get();
  });
  return {text.str()};
}

// Where the text that begins at `start` ends, or the line that leaves it open.
std::size_t end_of_text(std::string_view toml, std::size_t start) {
  const std::string long_mark(3, toml[start]);
  const bool is_long = toml.substr(start).starts_with(long_mark);
  const std::string_view mark = is_long ? std::string_view(long_mark) : std::string_view(long_mark).substr(0, 1);
  std::size_t i = start + mark.size();
  while (i < toml.size() && !toml.substr(i).starts_with(mark)) {
    if (toml[i] == '\n' && !is_long) return i;
    i += toml[i] == '\\' && mark[0] == '"' ? 2 : 1;
  }
  return std::min(toml.size(), i + mark.size());
}

// The parser limits brackets in brackets, but makes a table in a table for each dot of a key: a.a.a.a = 1. Of a hundred
// thousand dots the stack would run out. Numbers have one dot at most, and keys that segtrain knows have none.
// TOML has no letters beyond ASCII outside of texts and comments; the parser's search for them is undefined for some.
void refuse_what_breaks_the_parser(std::string_view toml, const std::string& name) {
  constexpr std::size_t kMostDots = 64;
  std::size_t line = 1, dots_of_path = 0, dots = 0;
  for (std::size_t i = toml.starts_with("\xEF\xBB\xBF") ? 3 : 0; i < toml.size();) {
    const char c = toml[i];
    const std::size_t start = i;
    if (c == '"' || c == '\'') {
      i = end_of_text(toml, i);
      line += static_cast<std::size_t>(std::ranges::count(toml.substr(start, i - start), '\n'));
      continue;
    }
    if (static_cast<unsigned char>(c) >= 0x80)
      fail(name + ':' + std::to_string(line), "holds a character beyond ASCII outside of quotation marks",
           "texts in quotation marks of the plain kind, \" or '");
    i = c == '#' ? std::min(toml.find('\n', i), toml.size()) : i + 1;
    if (c == '.') {
      if (++dots_of_path > 1) ++dots;
    } else if (c == '=' || c == ',' || c == '\n' || c == '[' || c == ']' || c == '{' || c == '}') {
      dots_of_path = 0;
      if (c == '\n') ++line;
    }
    if (dots > kMostDots)
      fail(name + ':' + std::to_string(line), "has more dots in its keys than any config",
           "keys stand in one flat table");
  }
}

std::string_view key_of(std::string_view line) {
  const std::string_view key = line.substr(0, line.find('='));
  const std::size_t first = key.find_first_not_of(" \t\""), last = key.find_last_not_of(" \t\"");
  return first == std::string_view::npos ? "" : key.substr(first, last - first + 1);
}

// The parser names no place for the first of two lines with one key: the first such line above.
void fail_if_given_twice(std::string_view text, const std::string& name, std::size_t line) {
  std::vector<std::string_view> lines;
  for (std::size_t start = 0; start < text.size() && lines.size() < line;) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  if (line == 0 || lines.size() < line) return;
  const std::string_view key = key_of(lines[line - 1]);
  for (std::size_t i = 0; i + 1 < line; ++i) {
    if (key.empty() || key_of(lines[i]) != key) continue;
    fail(name + ':' + std::to_string(line),
         std::string(key) + " is given a second time; the first is in line " + std::to_string(i + 1),
         "keep one of the two lines");
  }
}

}  // namespace

std::vector<KeyValue> read_toml(std::string_view text, const std::string& name) {
  refuse_what_breaks_the_parser(text, name);
  std::vector<KeyValue> found;
  try {
    const toml::table table = toml::parse(text, name);
    for (const auto& [key, node] : table) {
      const toml::source_position position = key.source().begin;
      found.push_back({std::string(key.str()), value_of(node), name + ':' + std::to_string(position.line)});
    }
  } catch (const toml::parse_error& error) {
    if (error.description().find("redefine") != std::string_view::npos)
      fail_if_given_twice(text, name, error.source().begin.line);
    fail(name + ':' + std::to_string(error.source().begin.line), "is no TOML: " + std::string(error.description()),
         "one `key = value` a line, texts in quotation marks, lists in [ ]");
  }
  // The parser sorts by name; people read messages in the order of their file.
  const auto line = [](const KeyValue& entry) { return std::stol(entry.where.substr(entry.where.rfind(':') + 1)); };
  std::ranges::stable_sort(found, {}, line);
  return found;
}

}  // namespace seg
