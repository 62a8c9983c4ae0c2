// SPDX-License-Identifier: Apache-2.0
#include "config/checks.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/counted.h"
#include "base/text.h"
#include "config/convert.h"
#include "config/early_stop_metric.h"
#include "config/idle_keys.h"
#include "config/loss_terms.h"
#include "config/places.h"

namespace seg {
namespace {

using Names = std::set<std::string, std::less<>>;

void check_length(const ResolvedConfig& resolved, Purpose purpose, const Names& refused,
                  std::vector<Problem>& problems) {
  const RunConfig& run = resolved.config.run;
  if (run.max_iter && run.max_epochs) {
    problems.push_back({place_of(resolved, "max_epochs"),
                        "max_iter (" + place_of(resolved, "max_iter") + ") and max_epochs both say how long to train",
                        "keep one of them, or set the other to none"});
  }
  const bool was_tried = refused.contains("max_iter") || refused.contains("max_epochs");
  if (purpose == Purpose::train && !run.max_iter && !run.max_epochs && !was_tried) {
    problems.push_back({"max_iter", "is not set, nor is max_epochs: how long to train?",
                        "max_iter=20000 (optimizer steps), or max_epochs=100"});
  }
}

// An empty path would be the folder that the program was started in, and an error about it could not name it.
void check_run_folder(const ResolvedConfig& resolved, std::vector<Problem>& problems) {
  if (!resolved.config.run.respth.empty()) return;
  problems.push_back({place_of(resolved, "respth"), "respth is empty: where shall the run go?",
                      "respth=res/NAME, a folder of its own for each run"});
}

void check_data(const ResolvedConfig& resolved, Purpose purpose, const Names& refused, std::vector<Problem>& problems) {
  const DatasetConfig& data = resolved.config.dataset;
  const ModelConfig& model = resolved.config.model;
  const bool is_hdf5 = data.dataset == "HDF5", has_files = data.dataset != "Synthetic";
  const auto* map = std::get_if<std::string>(&data.label_map);
  const bool knows_classes =
      map != nullptr && (*map == "auto" || *map == "none" ? data.dataset != "CustomerDataset" && !is_hdf5 : true);
  if (has_files && !knows_classes && purpose != Purpose::show && !model.n_cats && !refused.contains("n_cats")) {
    problems.push_back(
        {"n_cats", std::string("is not set, and ") + (is_hdf5 ? "HDF5 files" : "lists of images") + " do not tell it",
         "n_cats=19, if the labels are 0 to 18 and lb_ignore"});
  }
  if (has_files && purpose == Purpose::train && data.train_im_anns.empty() && !refused.contains("train_im_anns")) {
    problems.push_back({"train_im_anns", "is not set: which images to train on?",
                        is_hdf5 ? "an HDF5 file that holds images and labels (docs/hdf5.md)"
                                : "a list with a line `image,label` each, or dataset=Synthetic, which needs no files"});
  }
  if (has_files && purpose == Purpose::train && data.val_im_anns.empty() && !refused.contains("val_im_anns")) {
    problems.push_back({"val_im_anns", "is not set: which images to evaluate on?",
                        is_hdf5 ? "an HDF5 file of images that are not trained on"
                                : "a list of images that are not trained on, with a line `image,label` each"});
  }
  if (data.mean && data.std && data.mean->size() != data.std->size()) {
    problems.push_back(
        {place_of(resolved, "std"),
         "std has " + counted(data.std->size(), "channel") + ", mean has " + std::to_string(data.mean->size()),
         "give both one number a channel"});
  }
  const auto* weights = std::get_if<std::vector<double>>(&resolved.config.loss.class_weights);
  if (weights != nullptr && model.n_cats && weights->size() != static_cast<std::size_t>(*model.n_cats)) {
    problems.push_back(
        {place_of(resolved, "class_weights"),
         "class_weights has " + counted(weights->size(), "number") + " for n_cats = " + std::to_string(*model.n_cats),
         "one number a class"});
  }
}

void check_label_map(const ResolvedConfig& resolved, std::vector<Problem>& problems) {
  const auto* table = std::get_if<LabelTable>(&resolved.config.dataset.label_map);
  const auto& n_cats = resolved.config.model.n_cats;
  if (table == nullptr || !n_cats) return;
  for (const auto& [from, to] : *table) {
    if (to < *n_cats || to == resolved.config.dataset.lb_ignore) continue;
    problems.push_back({place_of(resolved, "label_map"),
                        "label_map sends " + std::to_string(from) + " to " + std::to_string(to) +
                            ", but classes are 0 to " + std::to_string(*n_cats - 1) + " and lb_ignore is " +
                            std::to_string(resolved.config.dataset.lb_ignore),
                        "another class, or n_cats=" + std::to_string(to + 1)});
    return;  // the others are of the same kind
  }
}

void check_label_colors(const ResolvedConfig& resolved, std::vector<Problem>& problems) {
  const std::vector<Color>& colors = resolved.config.dataset.label_colors;
  if (colors.size() > 256) {
    problems.push_back(
        {place_of(resolved, "label_colors"),
         "label_colors has " + std::to_string(colors.size()) + " colours, but there are 256 labels at most",
         "one colour a class"});
  }
  std::map<Color, std::size_t> first;
  for (std::size_t k = 0; k < colors.size(); ++k) {
    const auto [earlier, is_new] = first.emplace(colors[k], k);
    if (is_new) continue;
    problems.push_back({place_of(resolved, "label_colors"),
                        "label_colors gives classes " + std::to_string(earlier->second) + " and " + std::to_string(k) +
                            " the same colour",
                        "a colour of its own for each class; label_map can send two of them to one class"});
    return;  // one such mistake shifts many
  }
}

void check_protocols(const ResolvedConfig& resolved, std::vector<Problem>& problems) {
  const EvaluationConfig& rules = resolved.config.evaluation;
  const std::set<std::string> different(rules.eval_protocols.begin(), rules.eval_protocols.end());
  if (different.empty())
    problems.push_back(
        {place_of(resolved, "eval_protocols"), "eval_protocols is empty: how to evaluate?", "eval_protocols=ss"});
  if (different.size() != rules.eval_protocols.size())
    problems.push_back({place_of(resolved, "eval_protocols"), "eval_protocols names a protocol twice",
                        "eval_protocols=" + joined({different.begin(), different.end()}, ",")});
  std::vector<std::string> scales;
  for (const double scale : rules.eval_scales)
    if (std::ranges::count(scales, shortest(scale)) == 0) scales.push_back(shortest(scale));
  if (scales.size() != rules.eval_scales.size())
    problems.push_back({place_of(resolved, "eval_scales"), "eval_scales names a scale twice, which would count double",
                        "eval_scales=" + joined(scales, ",")});
  if (rules.eval_scales.empty() && (different.contains("msf") || different.contains("mscf")))
    problems.push_back({place_of(resolved, "eval_scales"), "eval_scales is empty, but msf and mscf look at scales",
                        "eval_scales=[0.5,0.75,1,1.25,1.5,1.75]"});
}

void check_early_stop(const ResolvedConfig& resolved, std::vector<Problem>& problems) {
  const EvaluationConfig& rules = resolved.config.evaluation;
  if (rules.early_stop_patience == 0) return;
  const EarlyStopMetric metric = early_stop_metric(rules.early_stop_metric);
  const std::string text = "early_stop_metric = \"" + rules.early_stop_metric + "\"";
  if (std::ranges::count(metrics_of_protocols(), metric.name) == 0)
    problems.push_back({place_of(resolved, "early_stop_metric"), text + " is no metric of an evaluation",
                        "PROTOCOL.METRIC, with one of " + joined(metrics_of_protocols(), ", ")});
  else if (std::ranges::count(rules.eval_protocols, metric.protocol) == 0)
    problems.push_back({place_of(resolved, "early_stop_metric"),
                        text + ", but eval_protocols = " + joined(rules.eval_protocols, ","),
                        "early_stop_metric=" + main_protocol(rules.eval_protocols) + "." + metric.name +
                            ", or that protocol in eval_protocols"});
  else if (is_of_boundaries(metric.name) && !rules.boundary_metrics)
    problems.push_back(
        {place_of(resolved, "early_stop_metric"), text + ", but boundary_metrics is off", "boundary_metrics=true"});
  if (rules.eval_interval == 0)
    problems.push_back({place_of(resolved, "early_stop_patience"),
                        "early_stop_patience counts evaluations, but with eval_interval = 0 there is one, at the end",
                        "an eval_interval, or early_stop_patience=0"});
}

// Where no crop is made, none is padded.
void check_pad_label(const ResolvedConfig& resolved, Purpose purpose, std::vector<Problem>& problems) {
  if (purpose == Purpose::show || purpose == Purpose::evaluate) return;
  const auto& pad_label = resolved.config.augmentation.pad_label;
  const auto& n_cats = resolved.config.model.n_cats;
  const std::int64_t ignored = resolved.config.dataset.lb_ignore;
  if (!pad_label || !n_cats || *pad_label < *n_cats || *pad_label == ignored) return;
  problems.push_back({place_of(resolved, "pad_label"),
                      "pad_label = " + std::to_string(*pad_label) + ", but classes are 0 to " +
                          std::to_string(*n_cats - 1) + " and lb_ignore is " + std::to_string(ignored),
                      "pad_label=lb_ignore"});
}

void check_scales(const ResolvedConfig& resolved, std::vector<Problem>& problems) {
  const std::vector<double>& scales = resolved.config.augmentation.scales;
  if (scales[0] <= scales[1]) return;
  problems.push_back({place_of(resolved, "scales"), "scales begins with the larger one",
                      "scales=" + shortest(scales[1]) + "," + shortest(scales[0])});
}

void check_loss(const ResolvedConfig& resolved, std::vector<Problem>& problems) {
  const std::string& loss = resolved.config.loss.loss;
  const std::vector<LossTermText> terms = loss_terms(loss);
  std::set<std::string_view> names;
  for (const LossTermText& term : terms) {
    if (term.name.empty()) {
      problems.push_back({place_of(resolved, "loss"), "loss = \"" + loss + "\" has the term \"" + term.text + '"',
                          "ohem, ce, dice, focal, lovasz, or a sum such as \"ohem + 0.5*dice\""});
      return;
    }
    if (names.insert(term.name).second) continue;
    problems.push_back({place_of(resolved, "loss"), "loss = \"" + loss + "\" names " + term.name + " twice",
                        "each loss once, with a weight: 2*" + term.name});
    return;
  }
  if (has_mean_over_pixels(loss)) return;
  if (resolved.config.loss.label_smoothing > 0)
    problems.push_back({place_of(resolved, "label_smoothing"),
                        "label_smoothing spreads the target of a pixel over classes, but loss = \"" + loss +
                            "\" compares the regions of classes",
                        "label_smoothing=0, or a sum with ohem, ce or focal, which is smoothed then"});
  if (resolved.config.boundaries.boundary_weight > 0)
    problems.push_back({place_of(resolved, "boundary_weight"),
                        "boundary_weight weighs pixels in a mean over them, but loss = \"" + loss +
                            "\" compares the regions of classes",
                        "boundary_weight=0, or a sum with ohem, ce or focal, which is weighted then"});
}

}  // namespace

void check_together(const ResolvedConfig& resolved, Purpose purpose, const Names& refused,
                    std::vector<Problem>& problems) {
  check_length(resolved, purpose, refused, problems);
  check_run_folder(resolved, problems);
  check_data(resolved, purpose, refused, problems);
  check_label_map(resolved, problems);
  check_label_colors(resolved, problems);
  check_scales(resolved, problems);
  check_pad_label(resolved, purpose, problems);
  check_loss(resolved, problems);
  check_protocols(resolved, problems);
  check_early_stop(resolved, problems);
}

std::vector<std::string> doubts(const ResolvedConfig& resolved, Purpose purpose) {
  std::vector<std::string> texts;
  const auto& max_iter = resolved.config.run.max_iter;
  const std::int64_t warmup = resolved.config.step.warmup_iters;
  if (max_iter && warmup >= *max_iter) {
    texts.push_back("the warm-up (warmup_iters = " + std::to_string(warmup) +
                    (warmup > *max_iter ? ") is longer than" : ") is as long as") +
                    " the run (max_iter = " + std::to_string(*max_iter) +
                    "): the learning rate only grows; try warmup_iters=" + std::to_string(*max_iter / 10));
  }
  const BoundariesConfig& boundaries = resolved.config.boundaries;
  const double limit = boundaries.distance_head_limit;
  const auto radius = static_cast<double>(boundaries.distance_map_radius);
  if (boundaries.distance_head && limit > radius && purpose != Purpose::evaluate) {
    texts.push_back("distance_head_limit = " + shortest(limit) + " is beyond distance_map_radius = " +
                    shortest(radius) + ", where distances end: what the head learns ends at " +
                    fixed(radius / limit, 2) + " in the place of 1; try distance_head_limit=" + shortest(radius));
  }
  for (std::string& text : idle_keys(resolved, purpose)) texts.push_back(std::move(text));
  return texts;
}

}  // namespace seg
