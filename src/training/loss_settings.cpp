// SPDX-License-Identifier: Apache-2.0
#include "training/loss_settings.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <variant>

#include "base/counted.h"
#include "base/text.h"
#include "config/loss_terms.h"
#include "dataset/class_weights.h"

namespace seg {
namespace {

const std::vector<double>* given_weights(const LossConfig& config) {
  return std::get_if<std::vector<double>>(&config.class_weights);
}

}  // namespace

void check_class_weights(const LossConfig& config, std::int64_t num_classes, std::vector<Problem>& problems) {
  const std::vector<double>* const weights = given_weights(config);
  if (weights == nullptr) return;
  if (std::ssize(*weights) != num_classes)
    problems.push_back({"class_weights",
                        "has " + counted(weights->size(), "number") + " for " + counted(num_classes, "class"),
                        "one number a class, or class_weights=median_frequency"});
  else if (std::ranges::all_of(*weights, [](double weight) { return weight == 0; }))
    problems.push_back({"class_weights", "all weights are 0: nothing would be learned", "leave the key out"});
}

bool weighs_by_frequency(const LossConfig& config) {
  const auto* const name = std::get_if<std::string>(&config.class_weights);
  return name != nullptr && *name == "median_frequency";
}

std::vector<double> class_weights(const LossConfig& config, std::int64_t num_classes, const std::string& stored,
                                  const std::vector<ClassCount>& counts) {
  if (const std::vector<double>* const weights = given_weights(config)) return *weights;
  if (!weighs_by_frequency(config)) return {};
  if (!stored.empty()) {
    std::vector<double> weights;
    std::istringstream text(stored);
    for (std::string number; std::getline(text, number, ',');) weights.push_back(std::stod(number));
    return weights;
  }
  return counts.empty() ? std::vector<double>(static_cast<std::size_t>(num_classes), 1.0)
                        : median_frequency_weights(counts);
}

std::string class_weights_text(const std::vector<double>& weights) {
  std::vector<std::string> numbers;
  for (const double weight : weights) numbers.push_back(shortest(weight));
  return joined(numbers, ",");
}

std::vector<LossTerm> summed_losses(const LossConfig& config, std::int64_t ignore_label,
                                    const std::vector<double>& class_weights) {
  const std::map<std::string, LossKind> kinds = {{"ohem", LossKind::ohem},
                                                 {"ce", LossKind::cross_entropy},
                                                 {"dice", LossKind::dice},
                                                 {"focal", LossKind::focal},
                                                 {"lovasz", LossKind::lovasz}};
  std::vector<LossTerm> terms;
  for (const LossTermText& term : loss_terms(config.loss))
    terms.push_back({.name = term.name,
                     .weight = term.weight,
                     .options = {.kind = kinds.at(term.name),
                                 .ohem_thresh = config.ohem_thresh,
                                 .ohem_min_kept = config.ohem_min_kept,
                                 .ignore_label = ignore_label,
                                 .class_weights = class_weights,
                                 .label_smoothing = is_mean_over_pixels(term.name) ? config.label_smoothing : 0.0,
                                 .focal_gamma = config.focal_gamma,
                                 .weight = config.aux_weight}});
  return terms;
}

bool is_divided_by_weights(const LossConfig& config) {
  const bool is_divided = has_loss_term(config.loss, "ce") || has_loss_term(config.loss, "focal");
  return is_divided && !has_loss_term(config.loss, "ohem");
}

}  // namespace seg
