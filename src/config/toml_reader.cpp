// SPDX-License-Identifier: Apache-2.0
#include "config/toml_reader.h"

#include <toml++/toml.h>

#include <algorithm>
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

}  // namespace

std::vector<KeyValue> read_toml(std::string_view text, const std::string& name) {
  std::vector<KeyValue> found;
  try {
    const toml::table table = toml::parse(text, name);
    for (const auto& [key, node] : table) {
      const toml::source_position position = key.source().begin;
      found.push_back({std::string(key.str()), value_of(node), name + ':' + std::to_string(position.line)});
    }
  } catch (const toml::parse_error& error) {
    fail(name + ':' + std::to_string(error.source().begin.line), "is no TOML: " + std::string(error.description()),
         "one `key = value` a line, texts in quotation marks, lists in [ ]");
  }
  // The parser sorts by name; people read messages in the order of their file.
  const auto line = [](const KeyValue& entry) { return std::stol(entry.where.substr(entry.where.rfind(':') + 1)); };
  std::ranges::stable_sort(found, {}, line);
  return found;
}

}  // namespace seg
