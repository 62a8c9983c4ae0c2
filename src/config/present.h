// SPDX-License-Identifier: Apache-2.0
// From the value of a key's field to text: as TOML has it, as JSON, and in words what would have been expected.
// TOML reads back to the same value.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/text.h"
#include "config/key.h"

namespace seg {

std::string toml_string(std::string_view text);   // quoted and escaped
std::string toml_comment(std::string_view text);  // "# …"; blanks in the place of what no comment may hold
// "key = value  # comment": comments in one column, where values are short enough for that. An empty one is left out.
std::string toml_line(std::string_view key, std::string_view value, std::string_view comment);

std::string toml_of(bool field, const Key& key);
std::string toml_of(std::int64_t field, const Key& key);
std::string toml_of(double field, const Key& key);
std::string toml_of(const std::string& field, const Key& key);
std::string toml_of(const PixelSize& field, const Key& key);
std::string toml_of(const Color& field, const Key& key);
std::string toml_of(const LabelTable& field, const Key& key);

template <class T>
std::string toml_of(const std::vector<T>& field, const Key& key) {
  std::vector<std::string> parts;
  for (const T& element : field) parts.push_back(toml_of(element, key));
  return '[' + joined(parts, ", ") + ']';
}
template <class T>
std::string toml_of(const std::optional<T>& field, const Key& key) {
  return field ? toml_of(*field, key) : toml_string(key.absent);
}
template <class T>
std::string toml_of(const std::variant<std::string, T>& field, const Key& key) {
  return std::visit([&](const auto& value) { return toml_of(value, key); }, field);
}

// As on the command line; of a list each element, since some of them may be built and others not.
template <class T>
std::vector<std::string> plain_parts(const T& field, const Key& key) {
  return {toml_of(field, key)};
}
inline std::vector<std::string> plain_parts(const std::string& field, const Key&) { return {field}; }
inline std::vector<std::string> plain_parts(const std::vector<std::string>& field, const Key&) { return field; }
inline std::vector<std::string> plain_parts(const LabelTable&, const Key&) { return {"table"}; }
template <class T>
std::vector<std::string> plain_parts(const std::optional<T>& field, const Key& key) {
  return field ? plain_parts(*field, key) : std::vector<std::string>{std::string(key.absent)};
}
template <class T>
std::vector<std::string> plain_parts(const std::variant<std::string, T>& field, const Key& key) {
  return std::visit([&](const auto& value) { return plain_parts(value, key); }, field);
}

nlohmann::json json_of(const PixelSize& field, const Key& key);
nlohmann::json json_of(const LabelTable& field, const Key& key);
template <class T>
nlohmann::json json_of(const T& field, const Key&) {
  return field;
}
template <class T>
nlohmann::json json_of(const std::optional<T>& field, const Key& key) {
  return field ? json_of(*field, key) : nlohmann::json(key.absent);
}
template <class T>
nlohmann::json json_of(const std::variant<std::string, T>& field, const Key& key) {
  return std::visit([&](const auto& value) { return json_of(value, key); }, field);
}

// "an integer from 1 to 64". The field's value is not looked at.
std::string expected(bool field, const Key& key);
std::string expected(std::int64_t field, const Key& key);
std::string expected(double field, const Key& key);
std::string expected(const std::string& field, const Key& key);
std::string expected(const PixelSize& field, const Key& key);
std::string expected(const LabelTable& field, const Key& key);
std::string expected(const std::vector<double>& field, const Key& key);
std::string expected(const std::vector<std::string>& field, const Key& key);
std::string expected(const std::vector<Color>& field, const Key& key);
template <class T>
std::string expected(const std::optional<T>&, const Key& key) {
  return expected(T(), key) + ", or " + std::string(key.absent);
}
template <class T>
std::string expected(const std::variant<std::string, T>&, const Key& key) {
  return expected(std::string(), key) + ", or " + expected(T(), key);
}

}  // namespace seg
