// SPDX-License-Identifier: Apache-2.0
// What a reader of configs finds: values that are not yet those of a key, and where they stood.
//
// Every reader (TOML, KEY=VALUE, presets) gives a list of KeyValue; resolve.cpp joins the lists.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace seg {

// Text whose meaning depends on the key it is given to: `0.5,1` is two numbers for one key and a name for another.
struct Untyped {
  std::string text;
  friend bool operator==(const Untyped&, const Untyped&) = default;
};

// Python's None: an optional key that is not set.
struct Nothing {
  friend bool operator==(const Nothing&, const Nothing&) = default;
};

struct TableEntry;

struct ConfigValue {
  using List = std::vector<ConfigValue>;
  using Table = std::vector<TableEntry>;  // in the order of the file
  std::variant<bool, std::int64_t, double, std::string, Untyped, List, Table, Nothing> content;
};

struct TableEntry {
  std::string key;
  ConfigValue value;
};

struct KeyValue {
  std::string key;
  ConfigValue value;
  std::string where;  // "my.toml:12", "command line: flip=2", "preset fast"
};

std::string text_of(const ConfigValue& value);  // for messages: as TOML would write it

}  // namespace seg
