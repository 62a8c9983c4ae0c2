// SPDX-License-Identifier: Apache-2.0
#include "config/present.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace seg {
namespace {

// The shortest digits that read back to the same double, with an exponent only where zeros would have to be counted.
std::string number_text(double value) {
  const double size = std::abs(value);
  if (!std::isfinite(value) || (size != 0 && (size < 1e-6 || size >= 1e15))) return shortest(value);
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed).ptr;
  return {buffer.data(), end};
}

std::string range(const Key& key) {
  if (std::isfinite(key.minimum) && std::isfinite(key.maximum)) {
    return " from " + number_text(key.minimum) + " to " + number_text(key.maximum);
  }
  if (std::isfinite(key.minimum)) return " of at least " + number_text(key.minimum);
  if (std::isfinite(key.maximum)) return " of at most " + number_text(key.maximum);
  return "";
}

std::string names(const Key& key) {
  return joined(std::vector<std::string>(key.choices.begin(), key.choices.end()), ", ");
}

}  // namespace

std::string toml_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (code < 0x20 || code == 0x7F) {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      quoted += "\\u00";
      quoted += kDigits[code >> 4];
      quoted += kDigits[code & 15];
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string toml_comment(std::string_view text) {
  std::string comment = "# " + std::string(text);
  std::ranges::replace_if(
      comment, [](unsigned char c) { return c < ' ' || c == 127; }, ' ');
  return comment;
}

std::string toml_line(std::string_view key, std::string_view value, std::string_view comment) {
  constexpr std::size_t kCommentColumn = 44;
  std::string line = std::string(key) + " = " + std::string(value);
  if (comment.empty()) return line;
  line.resize(std::max(line.size() + 2, kCommentColumn), ' ');
  return line + toml_comment(comment);
}

std::string toml_of(bool field, const Key&) { return field ? "true" : "false"; }
std::string toml_of(std::int64_t field, const Key&) { return std::to_string(field); }

// TOML tells numbers apart by their look: 2 is an integer, 2.0 and 1e+30 are not.
std::string toml_of(double field, const Key&) {
  const std::string text = number_text(field);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string toml_of(const std::string& field, const Key&) { return toml_string(field); }

std::string toml_of(const PixelSize& field, const Key&) {
  return '[' + std::to_string(field.height) + ", " + std::to_string(field.width) + ']';
}

std::string toml_of(const Color& field, const Key&) {
  return '[' + std::to_string(field[0]) + ", " + std::to_string(field[1]) + ", " + std::to_string(field[2]) + ']';
}

std::string toml_of(const LabelTable& field, const Key&) {
  std::vector<std::string> parts;
  for (const auto& [from, to] : field) parts.push_back(std::to_string(from) + " = " + std::to_string(to));
  return '{' + joined(parts, ", ") + '}';
}

nlohmann::json json_of(const PixelSize& field, const Key&) { return {field.height, field.width}; }

nlohmann::json json_of(const LabelTable& field, const Key&) {
  nlohmann::json table = nlohmann::json::object();
  for (const auto& [from, to] : field) table[std::to_string(from)] = to;
  return table;
}

std::string expected(bool, const Key&) { return "true or false"; }
std::string expected(std::int64_t, const Key& key) { return "an integer" + range(key); }
std::string expected(double, const Key& key) { return "a number" + range(key); }

std::string expected(const std::string&, const Key& key) {
  if (key.choices.empty()) return "a text";
  return key.choices.size() == 1 ? names(key) : "one of " + names(key);
}

std::string expected(const PixelSize&, const Key& key) {
  return "[height, width] or one number for a square, integers" + range(key);
}

std::string expected(const LabelTable&, const Key& key) {
  return "a table such as {0 = 0, 255 = 1} of integers" + range(key);
}

std::string expected(const std::vector<double>&, const Key& key) {
  const std::string length = key.length == 0 ? "" : std::to_string(key.length) + " ";
  return "a list of " + length + "numbers" + range(key);
}

std::string expected(const std::vector<std::string>&, const Key& key) {
  return key.choices.empty() ? "a list of texts" : "a list of some of " + names(key);
}

std::string expected(const std::vector<Color>&, const Key&) {
  return "a list of colours, each [red, green, blue] from 0 to 255";
}

}  // namespace seg
