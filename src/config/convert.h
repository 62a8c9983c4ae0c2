// SPDX-License-Identifier: Apache-2.0
// From what a reader found to the type of a key's field, and the check of its range.
//
// convert() is false, and leaves the field alone or half-written, if the value cannot be one of that type. Numbers pass
// between integer and floating point where nothing is lost; Untyped text is parsed as the type wants it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/key.h"
#include "config/value.h"

namespace seg {

bool convert(const ConfigValue& value, const Key& key, bool& field);
bool convert(const ConfigValue& value, const Key& key, std::int64_t& field);
bool convert(const ConfigValue& value, const Key& key, double& field);
bool convert(const ConfigValue& value, const Key& key, std::string& field);
bool convert(const ConfigValue& value, const Key& key,
             PixelSize& field);  // also "512x1024", or one number for a square
bool convert(const ConfigValue& value, const Key& key, Color& field);
bool convert(const ConfigValue& value, const Key& key, LabelTable& field);  // also 0:0,255:1

// The elements of a list; of text the parts between its outermost commas, with or without brackets; one alone is a list
// of one.
ConfigValue::List elements_of(const ConfigValue& value);
// The text of a name, or nothing if the value can be none.
std::optional<std::string> name_in(const ConfigValue& value);

template <class T>
bool convert(const ConfigValue& value, const Key& key, std::vector<T>& field) {
  field.clear();
  for (const ConfigValue& element : elements_of(value)) {
    if (!convert(element, key, field.emplace_back())) return false;
  }
  return true;
}

template <class T>
bool convert(const ConfigValue& value, const Key& key, std::optional<T>& field) {
  field.reset();
  if (std::holds_alternative<Nothing>(value.content)) return true;
  return name_in(value) == std::string(key.absent) || convert(value, key, field.emplace());
}

template <class T>
bool convert(const ConfigValue& value, const Key& key, std::variant<std::string, T>& field) {
  const bool is_nothing = std::holds_alternative<Nothing>(value.content);
  const auto name = is_nothing ? std::optional<std::string>("none") : name_in(value);
  for (const std::string_view choice : key.choices) {
    if (name != choice) continue;
    field = *name;
    return true;
  }
  return convert(value, key, field.template emplace<T>());
}

bool is_allowed(bool field, const Key& key);
bool is_allowed(std::int64_t field, const Key& key);
bool is_allowed(double field, const Key& key);  // finite, too
bool is_allowed(const std::string& field, const Key& key);
bool is_allowed(const PixelSize& field, const Key& key);
bool is_allowed(const Color& field, const Key& key);
bool is_allowed(const LabelTable& field, const Key& key);

template <class T>
bool is_allowed(const std::vector<T>& field, const Key& key) {
  if (key.length != 0 && field.size() != key.length) return false;
  for (const T& element : field) {
    if (!is_allowed(element, key)) return false;
  }
  return true;
}

template <class T>
bool is_allowed(const std::optional<T>& field, const Key& key) {
  return !field || is_allowed(*field, key);
}

template <class T>
bool is_allowed(const std::variant<std::string, T>& field, const Key& key) {
  const T* value = std::get_if<T>(&field);
  return value == nullptr || is_allowed(*value, key);
}

}  // namespace seg
