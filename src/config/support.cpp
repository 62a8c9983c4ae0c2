// SPDX-License-Identifier: Apache-2.0
#include "config/support.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "base/text.h"
#include "config/field.h"

namespace seg {
namespace {

struct UnbuiltKey {
  std::string_view name;
  Support support;
};

Support but(std::vector<std::string_view> values) { return {.is_built = false, .values = std::move(values)}; }
Support harmless(std::vector<std::string_view> values = {}) {
  return {.is_built = false, .values = std::move(values), .is_harmless = true};
}

// What is not named here is built.
const std::vector<UnbuiltKey>& unbuilt_table() {
  static const std::vector<UnbuiltKey> keys = {
      {"devices", but({})},
      {"image_range", but({})},
      {"persistent_workers", harmless()},
      {"channels_last", but({})},
      {"cuda_graph", but({"auto", "off"})},
      {"use_sync_bn", harmless({"false"})},
  };
  return keys;
}

bool is_listed(const Field& field) {
  const auto& built = support_of(field.key().name).values;
  return std::ranges::all_of(field.parts(),
                             [&](const std::string& part) { return std::ranges::count(built, part) != 0; });
}

// The default is what happens anyway, unless the key says what it would take to honour a value of it.
bool is_honoured(const Field& field, const Field& standard) {
  const Support& support = support_of(field.key().name);
  if (support.is_built || is_listed(field)) return true;
  return field.toml() == standard.toml() && !(support.is_harmless && !support.values.empty());
}

// Whether the purpose depends on the section that the field stands in.
bool matters(const Field& field, Purpose purpose) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> sections) {
    return std::ranges::count(sections, field.section()) != 0;
  };
  switch (purpose) {
    case Purpose::show: return false;
    case Purpose::batches: return is_one_of({"run", "data set", "augmentation", "loader", "boundaries"});
    case Purpose::evaluate: return is_one_of({"run", "model", "data set", "precision", "evaluation"});
    case Purpose::step: return !is_one_of({"evaluation", "keeping", "watching"});
    case Purpose::train: return true;
  }
  return true;
}

std::string remedy_for(const Field& field, const Field& standard) {
  std::string values(field.key().name);
  values += " = " + standard.toml();
  for (const std::string_view other : support_of(field.key().name).values) {
    if (std::ranges::count(standard.parts(), other) == 0) values += ", or " + std::string(other);
  }
  return values + "; this version has nothing else";
}

}  // namespace

const Support& support_of(std::string_view key) {
  static const Support built;
  const auto& keys = unbuilt_table();
  const auto found = std::ranges::find(keys, key, &UnbuiltKey::name);
  return found == keys.end() ? built : found->support;
}

std::vector<std::string_view> unbuilt_keys() {
  std::vector<std::string_view> names;
  for (const UnbuiltKey& key : unbuilt_table()) names.push_back(key.name);
  return names;
}

std::vector<Problem> unbuilt_values(const ResolvedConfig& resolved, Purpose purpose) {
  Config config = resolved.config, standard;
  const Fields fields = fields_of(config), standards = fields_of(standard);
  std::vector<Problem> problems;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field& field = *fields[i];
    const Key& key = field.key();
    if (support_of(key.name).is_harmless || is_honoured(field, *standards[i]) || !matters(field, purpose)) continue;
    problems.push_back(
        {resolved.origins.find(key.name)->second.text,
         std::string(key.name) + " = " + field.toml() + " is not built yet (" + std::string(key.help) + ')',
         remedy_for(field, *standards[i])});
  }
  return problems;
}

std::vector<std::string> values_without_effect(const ResolvedConfig& resolved, Purpose purpose) {
  Config config = resolved.config, standard;
  const Fields fields = fields_of(config), standards = fields_of(standard);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field& field = *fields[i];
    const Origin& origin = resolved.origins.find(field.key().name)->second;
    const bool was_written = origin.kind == OriginKind::file || origin.kind == OriginKind::command_line;
    if (!was_written || !support_of(field.key().name).is_harmless || is_honoured(field, *standards[i]) ||
        !matters(field, purpose))
      continue;
    texts.push_back(std::string(field.key().name) + " = " + field.toml() + " (" + origin.text + ')');
  }
  return texts;
}

void refuse_unbuilt(const ResolvedConfig& resolved, Purpose purpose, Log& log) {
  const std::vector<std::string> idle = values_without_effect(resolved, purpose);
  if (!idle.empty()) log.info_once("without effect in this version: " + joined(idle, ", "));
  fail_if_any(unbuilt_values(resolved, purpose));
}

}  // namespace seg
