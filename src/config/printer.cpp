// SPDX-License-Identifier: Apache-2.0
#include "config/printer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/field.h"

namespace seg {
namespace {

// Comments stand in one column where the values are short enough for that.
constexpr std::size_t kCommentColumn = 44;

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

}  // namespace

std::string config_as_toml(const ResolvedConfig& resolved) {
  Config config = resolved.config;
  std::string text, section;
  for (const auto& field : fields_of(config)) {
    if (field->section() != section) {
      if (!section.empty()) text += '\n';
      section = field->section();
      text += "# " + section + '\n';
    }
    std::string line = std::string(field->key().name) + " = " + field->toml();
    line.resize(std::max(line.size() + 2, kCommentColumn), ' ');
    text += line + "# " + one_line(resolved.origins.find(field->key().name)->second.text) + '\n';
  }
  return text;
}

nlohmann::json config_as_json(const ResolvedConfig& resolved) {
  Config config = resolved.config;
  nlohmann::json keys = nlohmann::json::object(), origins = nlohmann::json::object();
  for (const auto& field : fields_of(config)) {
    const std::string name(field->key().name);
    keys[name] = field->json();
    origins[name] = resolved.origins.find(name)->second.text;
  }
  return {{"keys", std::move(keys)}, {"origins", std::move(origins)}};
}

}  // namespace seg
