// SPDX-License-Identifier: Apache-2.0
#include "config/convert.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace seg {
namespace {

// Whether the first character opens what the last one closes, and not something shorter: "[1],[2]" is not enclosed.
bool is_enclosed(std::string_view text, char open, char close) {
  if (text.size() < 2 || text.front() != open || text.back() != close) return false;
  int depth = 0;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (i > 0 && text[i] == close)
      --depth;  // of quotation marks the closing one is the opening one
    else if (text[i] == open)
      ++depth;
    if (depth == 0) return false;
  }
  return true;
}

std::string_view without(std::string_view text, std::string_view brackets) {
  return is_enclosed(text, brackets[0], brackets[1]) ? trimmed(text.substr(1, text.size() - 2)) : text;
}

template <class T>
bool parse_number(std::string_view text, T& number) {
  if (text.starts_with('+')) text.remove_prefix(1);
  T parsed{};
  const auto result = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size() || text.empty()) return false;
  number = parsed;
  return true;
}

// Only what a double holds exactly: 1e4 is a count, 1e30 and 2.5 are none.
bool whole(double value, std::int64_t& number) {
  constexpr double kLargest = 9007199254740992;  // 2^53
  if (!(std::abs(value) <= kLargest) || std::trunc(value) != value) return false;
  number = static_cast<std::int64_t>(value);
  return true;
}

// At the commas that stand in no bracket and no quotation marks.
ConfigValue::List split(std::string_view text) {
  ConfigValue::List parts;
  if (text.empty()) return parts;
  int depth = 0;
  char quote = 0;
  std::size_t start = 0;
  const auto take = [&](std::size_t end) {
    parts.push_back({Untyped{std::string(trimmed(text.substr(start, end - start)))}});
    start = end + 1;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '(' || c == '{') {
      ++depth;
    } else if (c == ']' || c == ')' || c == '}') {
      --depth;
    } else if (c == ',' && depth == 0) {
      take(i);
    }
  }
  // As TOML and Python have it, a comma after the last element adds none.
  if (!trimmed(text.substr(start)).empty()) take(text.size());
  return parts;
}

const Untyped* untyped(const ConfigValue& value) { return std::get_if<Untyped>(&value.content); }

bool is_in_range(double value, const Key& key) { return value >= key.minimum && value <= key.maximum; }

// HxW, in which a size is also written in files.
bool convert_size(std::string_view text, const Key& key, PixelSize& field) {
  const std::size_t cross = text.find_first_of("xX");
  if (cross == std::string_view::npos) return false;
  return convert({Untyped{std::string(trimmed(text.substr(0, cross)))}}, key, field.height) &&
         convert({Untyped{std::string(trimmed(text.substr(cross + 1)))}}, key, field.width);
}

}  // namespace

std::optional<std::string> name_in(const ConfigValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.content)) return *text;
  if (const Untyped* raw = untyped(value)) {
    const std::string_view text = trimmed(raw->text);
    const std::string_view single = without(text, "''");
    return std::string(single.size() == text.size() ? without(text, "\"\"") : single);
  }
  return std::nullopt;
}

ConfigValue::List elements_of(const ConfigValue& value) {
  if (const auto* list = std::get_if<ConfigValue::List>(&value.content)) return *list;
  if (const Untyped* raw = untyped(value)) {
    const std::string_view text = trimmed(raw->text);
    if (is_enclosed(text, '[', ']')) return split(without(text, "[]"));
    return split(without(text, "()"));
  }
  return {value};
}

bool convert(const ConfigValue& value, const Key&, bool& field) {
  if (const bool* found = std::get_if<bool>(&value.content)) {
    field = *found;
    return true;
  }
  if (const auto* number = std::get_if<std::int64_t>(&value.content)) {  // as in Python, and on the command line
    field = *number == 1;
    return *number == 0 || *number == 1;
  }
  const Untyped* raw = untyped(value);
  if (raw == nullptr) return false;
  constexpr std::array<std::string_view, 5> kYes = {"true", "True", "yes", "on", "1"};
  constexpr std::array<std::string_view, 5> kNo = {"false", "False", "no", "off", "0"};
  const std::string_view text = trimmed(raw->text);
  field = std::ranges::count(kYes, text) != 0;
  return field || std::ranges::count(kNo, text) != 0;
}

bool convert(const ConfigValue& value, const Key&, std::int64_t& field) {
  if (const auto* number = std::get_if<std::int64_t>(&value.content)) {
    field = *number;
    return true;
  }
  double number = 0;
  if (const auto* found = std::get_if<double>(&value.content)) return whole(*found, field);
  if (const Untyped* raw = untyped(value)) {
    const std::string_view text = trimmed(raw->text);
    return parse_number(text, field) || (parse_number(text, number) && whole(number, field));
  }
  return false;
}

bool convert(const ConfigValue& value, const Key&, double& field) {
  if (const auto* number = std::get_if<double>(&value.content)) {
    field = *number;
    return true;
  }
  if (const auto* number = std::get_if<std::int64_t>(&value.content)) {
    field = static_cast<double>(*number);
    return true;
  }
  const Untyped* raw = untyped(value);
  return raw != nullptr && parse_number(trimmed(raw->text), field);
}

bool convert(const ConfigValue& value, const Key& key, std::string& field) {
  // A switch of three positions may be thrown by a yes or no as well (`compile = True`).
  const bool* flag = std::get_if<bool>(&value.content);
  if (flag != nullptr && std::ranges::count(key.choices, "on") != 0) {
    field = *flag ? "on" : "off";
    return true;
  }
  const auto name = name_in(value);
  if (!name) return false;
  field = *name;
  return true;
}

bool convert(const ConfigValue& value, const Key& key, PixelSize& field) {
  if (const auto name = name_in(value); name && convert_size(*name, key, field)) return true;
  const ConfigValue::List sides = elements_of(value);
  if (sides.empty() || sides.size() > 2) return false;
  return convert(sides.front(), key, field.height) && convert(sides.back(), key, field.width);
}

bool convert(const ConfigValue& value, const Key& key, Color& field) {
  const ConfigValue::List channels = elements_of(value);
  if (channels.size() != field.size()) return false;
  for (std::size_t i = 0; i < field.size(); ++i) {
    std::int64_t channel = 0;
    if (!convert(channels[i], key, channel) || channel < 0 || channel > 255) return false;
    field[i] = static_cast<std::uint8_t>(channel);
  }
  return true;
}

bool convert(const ConfigValue& value, const Key& key, LabelTable& field) {
  field.clear();
  std::int64_t from = 0, to = 0;
  if (const auto* table = std::get_if<ConfigValue::Table>(&value.content)) {
    for (const auto& [name, target] : *table) {
      if (!parse_number(trimmed(name), from) || !convert(target, key, to)) return false;
      if (!field.emplace(from, to).second) return false;
    }
    return true;
  }
  const Untyped* raw = untyped(value);
  if (raw == nullptr) return false;
  for (const ConfigValue& entry : split(without(trimmed(raw->text), "{}"))) {
    const std::string_view text = untyped(entry)->text;
    const std::size_t separator = text.find_first_of(":=");
    if (separator == std::string_view::npos) return false;
    if (!parse_number(trimmed(text.substr(0, separator)), from)) return false;
    if (!parse_number(trimmed(text.substr(separator + 1)), to)) return false;
    if (!field.emplace(from, to).second) return false;
  }
  return !field.empty();
}

bool is_allowed(bool, const Key&) { return true; }

bool is_allowed(std::int64_t field, const Key& key) { return is_in_range(static_cast<double>(field), key); }

bool is_allowed(double field, const Key& key) { return std::isfinite(field) && is_in_range(field, key); }

bool is_allowed(const std::string& field, const Key& key) {
  return key.choices.empty() || std::ranges::count(key.choices, field) != 0;
}

bool is_allowed(const PixelSize& field, const Key& key) {
  return is_allowed(field.height, key) && is_allowed(field.width, key);
}

bool is_allowed(const Color&, const Key&) { return true; }

bool is_allowed(const LabelTable& field, const Key& key) {
  return std::ranges::all_of(
      field, [&](const auto& entry) { return is_allowed(entry.first, key) && is_allowed(entry.second, key); });
}

}  // namespace seg
