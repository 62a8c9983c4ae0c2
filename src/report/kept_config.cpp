// SPDX-License-Identifier: Apache-2.0
#include "report/kept_config.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/user_text.h"

namespace seg {
namespace {

constexpr std::size_t kMostBytes = 4'000'000, kMostKeys = 400;

// Of the first character that is wanted and stands in no quotes.
std::size_t find_outside_quotes(std::string_view text, char wanted) {
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_quoted && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      is_quoted = !is_quoted;
    else if (text[i] == wanted && !is_quoted)
      return i;
  }
  return std::string_view::npos;
}

std::string_view name_of_section(std::string_view line) {
  return line.starts_with("# ") ? trimmed(line.substr(2)) : std::string_view();
}

}  // namespace

std::string KeptConfig::value_of(std::string_view key) const {
  const auto found = std::ranges::find(keys, key, &KeptKey::key);
  return found == keys.end() ? std::string() : found->value;
}

std::vector<std::string> quoted_texts(std::string_view list) {
  std::vector<std::string> texts;
  std::string current;
  bool is_quoted = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '"') {
      if (is_quoted) texts.push_back(std::move(current));
      current.clear();
      is_quoted = !is_quoted;
    } else if (is_quoted) {
      if (list[i] == '\\' && i + 1 < list.size()) ++i;
      current += list[i];
    }
  }
  return texts;
}

std::string main_protocol_of(const KeptConfig& config) {
  const std::vector<std::string> protocols = quoted_texts(config.value_of("eval_protocols"));
  return protocols.empty() ? "ss" : protocols.front();
}

KeptConfig kept_config_of(std::string_view text) {
  KeptConfig config;
  std::string section;
  for (std::size_t begin = 0; begin < text.size() && config.keys.size() < kMostKeys;) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = trimmed(text.substr(begin, end - begin));
    begin = end + 1;
    if (const std::string_view name = name_of_section(line); !name.empty()) section = name;
    const std::size_t equals = line.find('=');
    if (line.starts_with('#') || equals == std::string_view::npos) continue;
    const std::string_view rest = line.substr(equals + 1);
    const std::size_t comment = std::min(find_outside_quotes(rest, '#'), rest.size());
    config.keys.push_back({.section = section,
                           .key = std::string(trimmed(line.substr(0, equals))),
                           .value = std::string(trimmed(rest.substr(0, comment))),
                           .origin = std::string(trimmed(rest.substr(std::min(comment + 1, rest.size()))))});
  }
  return config;
}

KeptConfig read_kept_config(const std::filesystem::path& folder) {
  try {
    return kept_config_of(read_user_text(folder / "config.toml", {.kind = "config", .most_bytes = kMostBytes}));
  } catch (const UserError&) {
    return {};
  }
}

}  // namespace seg
