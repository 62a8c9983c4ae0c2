// SPDX-License-Identifier: Apache-2.0
#include "config/readers.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/counted.h"
#include "base/error.h"
#include "base/text.h"
#include "base/user_text.h"
#include "base/utf8.h"
#include "config/python_reader.h"
#include "config/toml_reader.h"

namespace seg {
namespace {

// Longer than any config; and so no reader has to fear what its values become in memory.
constexpr UserText kConfigText{.kind = "config", .most_bytes = std::size_t{1} << 20, .may_be_pipe = true};

bool holds_zero_byte(const ConfigValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.content)) return text->find('\0') != std::string::npos;
  if (const auto* list = std::get_if<ConfigValue::List>(&value.content))
    return std::ranges::any_of(*list, holds_zero_byte);
  if (const auto* table = std::get_if<ConfigValue::Table>(&value.content))
    return std::ranges::any_of(*table, holds_zero_byte, &TableEntry::value);
  return false;
}

// An escape can bring one into a text, and a name would end there for the system.
void refuse_zero_bytes_in_values(const std::vector<KeyValue>& values) {
  for (const KeyValue& entry : values)
    if (holds_zero_byte(entry.value))
      fail(entry.where, entry.key + " holds a character of value 0", "a text without \\0, \\x00 and \\u0000");
}

// Whether `line` begins with `cfg = dict(` or `cfg = {`, which no TOML for segtrain does; it may be called config, and
// have a type behind a colon.
bool begins_python_config(std::string_view line) {
  for (const std::string_view name : {"cfg", "config"}) {
    if (!line.starts_with(name)) continue;
    std::string_view rest = trimmed(line.substr(name.size()));
    if (rest.starts_with(':')) rest.remove_prefix(std::min(rest.find('='), rest.size()));
    if (!rest.starts_with('=')) continue;
    rest = trimmed(rest.substr(1));
    if (rest.starts_with("dict(") || rest.starts_with("dict (")) return true;
    if (rest.starts_with('{') && (name == "cfg" || rest == "{")) return true;  // TOML has tables in one line
  }
  return false;
}

bool looks_like_python(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (begins_python_config(line)) return true;
  }
  return false;
}

}  // namespace

bool is_python_config(const std::filesystem::path& path) { return path.extension() == ".py"; }

std::vector<KeyValue> read_config_file(const std::filesystem::path& path) {
  const std::string text = read_user_text(path, kConfigText);
  if (const auto line = line_of_zero_byte(text))
    fail(path.string() + ':' + std::to_string(*line), "not a config: it holds bytes of value 0",
         "name a text file, saved as UTF-8");
  const bool is_python = is_python_config(path);
  if (!is_python && looks_like_python(text))
    fail(path.string(), "is a Python config by what it holds, but not by its name",
         "give it a name that ends in .py; other names are read as TOML");
  std::vector<KeyValue> values = is_python ? read_python(text, path.string()) : read_toml(text, path.string());
  refuse_zero_bytes_in_values(values);
  // The Python trainer knows no evaluation before the end.
  if (is_python && std::ranges::find(values, "eval_interval", &KeyValue::key) == values.end())
    values.push_back({"eval_interval", {std::int64_t{0}}, path.string() + ": a Python config evaluates at the end"});
  return values;
}

KeyValue read_override(std::string_view text) {
  if (const auto broken = first_broken_byte(text))
    fail("command line", "an argument is not UTF-8: " + byte_text(text[*broken]) + " after " + counted(*broken, "byte"),
         "write names and values in UTF-8");
  const std::string where = "command line: " + std::string(text);
  const std::size_t sign = text.find('=');
  if (sign == std::string_view::npos || sign == 0) {
    fail(where, "is not KEY=VALUE", "for example lr_start=0.01, without blanks around the sign");
  }
  return {std::string(text.substr(0, sign)), {Untyped{std::string(text.substr(sign + 1))}}, where};
}

}  // namespace seg
