// SPDX-License-Identifier: Apache-2.0
#include "doctor/finding.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/field.h"

namespace seg {
namespace {

const Field& field_of(const Fields& fields, std::string_view key) {
  const Field* const field = find_field(fields, key);
  if (field == nullptr) throw std::logic_error("no key " + std::string(key));
  return *field;
}

// What whoever asked for it relies on, though it changes no more than roundings.
bool is_promise(std::string_view key) { return key == "deterministic" || key == "cudnn_deterministic"; }

bool is_known(const Change& change) {
  Config config;
  const Fields fields = fields_of(config);
  return std::ranges::all_of(change, [&](const auto& entry) {
    Field* const field = find_field(fields, entry.first);
    return field != nullptr && !field->assign({Untyped{entry.second}}, entry.first);
  });
}

nlohmann::json known(const std::optional<double>& value) { return value ? nlohmann::json(*value) : nlohmann::json(); }

}  // namespace

Effect effect_of(const Change& change) {
  if (change.contains("ims_per_gpu") && change.contains("gradient_accumulation_steps")) return Effect::statistical;
  Config config;
  const Fields fields = fields_of(config);
  Effect effect = Effect::none;
  for (const auto& [key, value] : change) effect = std::max(effect, field_of(fields, key).key().effect);
  return effect;
}

std::string_view name_of(Effect effect) noexcept {
  constexpr std::array<std::string_view, 4> kNames = {"none", "numeric", "statistical", "learned"};
  return kNames[static_cast<std::size_t>(effect)];
}

bool may_be_tried(const Change& change) {
  if (change.empty() || effect_of(change) > Effect::numeric) return false;
  Config config;
  const Fields fields = fields_of(config);
  return std::ranges::none_of(change, [&](const auto& entry) {
    if (is_promise(entry.first)) return true;
    const std::string_view section = field_of(fields, entry.first).section();
    return section == "evaluation" || section == "keeping" || section == "watching";
  });
}

nlohmann::json to_json(const Change& change) {
  nlohmann::json json = nlohmann::json::object();
  Config config;
  const Fields fields = fields_of(config);
  for (const auto& [key, value] : change) {
    Field* const field = find_field(fields, key);
    if (field == nullptr || field->assign({Untyped{value}}, key)) throw std::logic_error("no such change: " + key);
    json[key] = field->json();
  }
  return json;
}

Change change_from(const nlohmann::json& json) {
  Change change;
  for (const auto& [key, value] : json.items())
    change[key] = value.is_string() ? value.get<std::string>() : value.dump();
  return change;
}

std::string text_of(const Change& change) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : change) parts.push_back(std::string(key).append("=").append(value));
  return joined(parts, " ");
}

nlohmann::json to_json(const Finding& finding) {
  return {{"rule", finding.rule},
          {"evidence", finding.evidence},
          {"advice", finding.advice},
          {"effect", name_of(effect_of(finding.change))},
          {"change", to_json(finding.change)},
          {"expected_speedup", known(finding.expected_speedup)},
          {"verified_speedup", known(finding.verified_speedup)},
          {"is_dangerous", finding.is_dangerous},
          {"is_applied", finding.is_applied}};
}

Finding finding_from(const nlohmann::json& json) {
  if (!json.is_object()) return {};
  const auto text = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto number = [&](const char* name) -> std::optional<double> {
    const auto found = json.find(name);
    return found != json.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
  };
  const auto is = [&](const char* name) { return json.contains(name) && json.at(name) == true; };
  const auto told = json.find("change");
  Change change = told != json.end() && told->is_object() ? change_from(*told) : Change();
  if (!is_known(change)) change.clear();
  return {.rule = text("rule"),
          .evidence = text("evidence"),
          .advice = text("advice"),
          .change = std::move(change),
          .expected_speedup = number("expected_speedup"),
          .verified_speedup = number("verified_speedup"),
          .is_dangerous = is("is_dangerous"),
          .is_applied = is("is_applied")};
}

const Finding* finding_of(std::span<const Finding> findings, std::string_view rule) noexcept {
  const auto found = std::ranges::find(findings, rule, &Finding::rule);
  return found == findings.end() ? nullptr : &*found;
}

}  // namespace seg
