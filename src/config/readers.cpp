// SPDX-License-Identifier: Apache-2.0
#include "config/readers.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"
#include "config/python_reader.h"
#include "config/toml_reader.h"

namespace seg {
namespace {

// No config is; and so no reader has to fear what its values become in memory.
void refuse_large(const std::filesystem::path& path) {
  constexpr std::uintmax_t kLargest = std::uintmax_t{1} << 20;
  std::error_code no_file;
  const std::uintmax_t size = std::filesystem::file_size(path, no_file);
  if (no_file || size <= kLargest) return;
  fail(path.string(), "is " + bytes_text(static_cast<std::int64_t>(size)) + " long, which no config is",
       "name the config, not data");
}

// Whether a line begins with `cfg = dict(` or `cfg = {`, which no TOML for segtrain does.
bool looks_like_python(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!line.starts_with("cfg")) continue;
    line = trimmed(line.substr(3));
    if (!line.starts_with('=')) continue;
    line = trimmed(line.substr(1));
    if (line.starts_with("dict") || line.starts_with('{')) return true;
  }
  return false;
}

}  // namespace

bool is_python_config(const std::filesystem::path& path) { return path.extension() == ".py"; }

std::vector<KeyValue> read_config_file(const std::filesystem::path& path) {
  refuse_large(path);
  const std::string text = read_text(path);
  if (!is_python_config(path)) {
    if (looks_like_python(text))
      fail(path.string(), "is a Python config by what it holds, but not by its name",
           "give it a name that ends in .py; other names are read as TOML");
    return read_toml(text, path.string());
  }
  std::vector<KeyValue> values = read_python(text, path.string());
  // The Python trainer knows no evaluation before the end.
  if (std::ranges::find(values, "eval_interval", &KeyValue::key) == values.end())
    values.push_back({"eval_interval", {std::int64_t{0}}, path.string() + ": a Python config evaluates at the end"});
  return values;
}

KeyValue read_override(std::string_view text) {
  if (const auto broken = first_broken_byte(text))
    fail("command line",
         "an argument is not UTF-8: " + byte_text(text[*broken]) + " after " + std::to_string(*broken) + " bytes",
         "write names and values in UTF-8");
  const std::string where = "command line: " + std::string(text);
  const std::size_t sign = text.find('=');
  if (sign == std::string_view::npos || sign == 0) {
    fail(where, "is not KEY=VALUE", "for example lr_start=0.01, without blanks around the sign");
  }
  return {std::string(text.substr(0, sign)), {Untyped{std::string(text.substr(sign + 1))}}, where};
}

}  // namespace seg
