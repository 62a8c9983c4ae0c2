// SPDX-License-Identifier: Apache-2.0
#include "config/value.h"

#include "base/text.h"

namespace seg {
namespace {

struct Writer {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return shortest(value); }
  std::string operator()(const std::string& value) const { return '"' + value + '"'; }
  std::string operator()(const Untyped& value) const { return value.text; }
  std::string operator()(Nothing) const { return "None"; }
  std::string operator()(const ConfigValue::List& list) const {
    std::vector<std::string> parts;
    for (const ConfigValue& item : list) parts.push_back(text_of(item));
    return '[' + joined(parts, ", ") + ']';
  }
  std::string operator()(const ConfigValue::Table& table) const {
    std::vector<std::string> parts;
    for (const auto& [key, item] : table) parts.push_back(key + " = " + text_of(item));
    return '{' + joined(parts, ", ") + '}';
  }
};

}  // namespace

std::string text_of(const ConfigValue& value) { return std::visit(Writer{}, value.content); }

}  // namespace seg
