// SPDX-License-Identifier: Apache-2.0
#include "config/printer.h"

#include <nlohmann/json.hpp>

#include "config/field.h"
#include "config/present.h"

namespace seg {
std::string config_as_toml(const ResolvedConfig& resolved) {
  Config config = resolved.config;
  std::string text, section;
  for (const auto& field : fields_of(config)) {
    if (field->section() != section) {
      if (!section.empty()) text += '\n';
      section = field->section();
      text += toml_comment(section) + '\n';
    }
    const std::string_view key = field->key().name;
    text += toml_line(key, field->toml(), resolved.origins.find(key)->second.text) + '\n';
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
