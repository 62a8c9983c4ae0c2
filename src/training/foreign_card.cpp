// SPDX-License-Identifier: Apache-2.0
#include "training/foreign_card.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "base/error.h"
#include "base/text.h"
#include "base/version.h"
#include "dataset/dataset.h"
#include "dataset/label_map.h"
#include "image/color_map.h"

namespace seg {
namespace {

bool is_given(const ResolvedConfig& resolved, std::string_view key) {
  const auto origin = resolved.origins.find(key);
  return origin != resolved.origins.end() &&
         (origin->second.kind == OriginKind::file || origin->second.kind == OriginKind::command_line);
}

// How the kind of data set that is named numbers its classes; nullptr if none is named or it has no way of its own.
const LabelScheme* scheme_of(const ResolvedConfig& resolved) {
  if (!is_given(resolved, "dataset")) return nullptr;
  for (const DatasetKind* kind : dataset_kinds())
    if (kind->name == resolved.config.dataset.dataset) return kind->labels;
  return nullptr;
}

void require_keys(const ResolvedConfig& resolved, bool classes_are_known, const std::string& file) {
  const Config& config = resolved.config;
  struct Needed {
    bool is_said;  // "auto" says nothing
    std::string_view key, example;
  };
  const std::array<Needed, 4> all = {{{is_given(resolved, "model_type"), "model_type", "model_type=bisenetv2"},
                                      {config.model.n_cats.has_value() || classes_are_known, "n_cats", "n_cats=19"},
                                      {config.dataset.mean.has_value(), "mean", "mean=0.3257,0.369,0.3223"},
                                      {config.dataset.std.has_value(), "std", "std=0.2112,0.2148,0.2115"}}};
  std::vector<std::string> keys, examples;
  for (const Needed& needed : all) {
    if (needed.is_said) continue;
    keys.emplace_back(needed.key);
    examples.emplace_back(needed.example);
  }
  if (!keys.empty())
    fail(file, "does not describe its network; not said: " + joined(keys, ", "),
         "say it, for example " + joined(examples, " ") + "; or a weight file that segtrain wrote");
}

// Only whole-number values of label files that stand for a class.
std::vector<std::vector<std::int64_t>> label_values(const LabelScheme* scheme, std::int64_t num_classes) {
  std::vector<std::vector<std::int64_t>> values;
  if (scheme == nullptr) return values;
  values.resize(static_cast<std::size_t>(num_classes));
  for (std::size_t value = 0; value < scheme->classes.size(); ++value)
    if (const std::int64_t k = scheme->classes[value]; k >= 0 && k < num_classes)
      values[static_cast<std::size_t>(k)].push_back(static_cast<std::int64_t>(value));
  return values;
}

}  // namespace

ModelCard foreign_card(const ResolvedConfig& resolved, const std::string& file) {
  const Config& config = resolved.config;
  const LabelScheme* const scheme = scheme_of(resolved);
  require_keys(resolved, scheme != nullptr, file);
  const std::int64_t known = scheme == nullptr ? 0 : static_cast<std::int64_t>(scheme->class_names.size());
  ModelCard card{.model = config.model.model_type,
                 .num_classes = config.model.n_cats.value_or(known),
                 .in_channels = static_cast<std::int64_t>(config.dataset.mean->size()),
                 .mean = *config.dataset.mean,
                 .std = *config.dataset.std,
                 .ignore_label = config.dataset.lb_ignore,
                 .class_names = config.dataset.class_names,
                 .version = std::string(version())};
  assert(card.mean.size() == card.std.size());  // the check of the config has seen to it
  set_image_fit(card, config.evaluation);
  if (card.class_names.empty() && card.num_classes == known)
    card.class_names.assign(scheme->class_names.begin(), scheme->class_names.end());
  for (const Color& color : config.dataset.palette) card.palette.push_back({color[0], color[1], color[2]});
  if (card.palette.empty() && card.num_classes == known)
    card.palette.assign(scheme->palette.begin(), scheme->palette.end());
  if (static_cast<std::int64_t>(card.palette.size()) != card.num_classes)
    card.palette = default_palette(card.num_classes);
  card.label_values = label_values(card.num_classes == known ? scheme : nullptr, card.num_classes);
  (void)find_model(card.model);  // a name that is none is refused here
  return card;
}

}  // namespace seg
