// SPDX-License-Identifier: Apache-2.0
#include "dataset/label_map.h"

#include <algorithm>
#include <variant>

#include "base/error.h"
#include "config/dataset.h"
#include "dataset/dataset.h"

namespace seg {
namespace {

const LabelScheme& find_scheme(const std::string& name) {
  for (const DatasetKind* kind : dataset_kinds())
    if (kind->labels != nullptr && kind->labels->name == name) return *kind->labels;
  fail("label_map", "there is no map \"" + name + '"', "auto, none, or a table such as label_map = {0=0, 255=1}");
}

std::array<std::int16_t, 256> classes_of(const LabelTable& table) {
  std::array<std::int16_t, 256> classes;
  classes.fill(kIgnoredValue);
  for (const auto& [from, to] : table) {
    if (from < 0 || from > 255 || to < 0 || to > 255)
      fail("label_map", "holds " + std::to_string(from) + "=" + std::to_string(to) + ", beyond 0 … 255",
           "values of 8 bits on both sides");
    classes[static_cast<std::size_t>(from)] = static_cast<std::int16_t>(to);
  }
  return classes;
}

}  // namespace

LabelMapping::LabelMapping(const DatasetConfig& config, const LabelScheme* own) : scheme_(own) {
  const auto ignore_label = static_cast<std::uint8_t>(config.lb_ignore);
  if (const auto* table = std::get_if<LabelTable>(&config.label_map)) {
    scheme_ = nullptr;
    name_ = "table";
    take(classes_of(*table), ignore_label);
    return;
  }
  const std::string& name = std::get<std::string>(config.label_map);
  if (name != "auto" && name != "none") scheme_ = &find_scheme(name);
  // Colours are given class by class, so there is nothing left to map unless the user says so.
  const bool are_classes = name == "none" || (name == "auto" && !config.label_colors.empty());
  if (are_classes || scheme_ == nullptr) return;
  name_ = scheme_->name;
  take(scheme_->classes, ignore_label);
}

void LabelMapping::take(const std::array<std::int16_t, 256>& classes, std::uint8_t ignore_label) {
  changes_ = true;
  for (std::size_t value = 0; value < classes.size(); ++value) {
    is_unknown_[value] = classes[value] == kUnknownValue;
    if (is_unknown_[value]) knows_all_ = false;
    classes_[value] = classes[value] < 0 ? ignore_label : static_cast<std::uint8_t>(classes[value]);
  }
}

std::vector<std::vector<std::uint8_t>> LabelMapping::values_by_class(std::uint8_t ignore_label) const {
  std::vector<std::vector<std::uint8_t>> values;
  if (!changes_) return values;
  for (std::size_t value = 0; value < classes_.size(); ++value) {
    if (is_unknown_[value] || classes_[value] == ignore_label) continue;
    if (values.size() <= classes_[value]) values.resize(std::size_t{classes_[value]} + 1);
    values[classes_[value]].push_back(static_cast<std::uint8_t>(value));
  }
  return values;
}

void LabelMapping::apply(LabelMap& labels, const std::string& where) const {
  if (!changes_) return;
  if (!knows_all_) {
    bool is_known = true;
    for (const std::uint8_t value : labels.values()) is_known &= !is_unknown_[value];
    if (!is_known) fail_unknown(labels, where);
  }
  for (std::uint8_t& value : labels.values()) value = classes_[value];
}

void LabelMapping::fail_unknown(const LabelMap& labels, const std::string& where) const {
  const auto values = labels.values();
  const auto first = std::ranges::find_if(values, [&](std::uint8_t value) { return is_unknown_[value]; });
  const auto count = std::ranges::count(values, *first);
  const std::int64_t at = first - values.begin();
  fail(where,
       "label " + std::to_string(*first) + " in " + std::to_string(count) +
           (count == 1 ? " pixel, at row " : " pixels, the first at row ") + std::to_string(at / labels.width()) +
           ", column " + std::to_string(at % labels.width()) + "; label_map = \"" + name_ + "\" knows no such value",
       std::string(scheme_->remedy));
}

}  // namespace seg
