// SPDX-License-Identifier: Apache-2.0
#include "training/protocols.h"

#include <utility>

#include "evaluation/single_scale.h"
#include "evaluation/summed_windows.h"
#include "training/memory_fit.h"

namespace seg {
namespace {

std::optional<PixelExtent> extent_of(const std::optional<PixelSize>& size) {
  return size ? std::optional(PixelExtent{size->height, size->width}) : std::nullopt;
}

StartSize start_of(const EvaluationConfig& config) {
  return {.shape = extent_of(config.eval_start_shape),
          .short_side = config.eval_start_shortside,
          .long_side = config.eval_start_longside};
}

bool uses_windows(const std::string& name) { return name == "ssc" || name == "mscf"; }

}  // namespace

ViewOptions view_options(const std::string& name, const Config& config, const ModelCard& card, c10::Device device) {
  const EvaluationConfig& rules = config.evaluation;
  const bool has_scales = name == "msf" || name == "mscf", has_windows = uses_windows(name);
  const SingleScaleOptions fit = single_scale_options(card);
  return {.name = name,
          .scales = has_scales ? rules.eval_scales : std::vector<double>{1.0},
          .flips = has_scales && rules.eval_flip,
          .window = has_windows ? extent_of(rules.eval_crop.value_or(config.augmentation.cropsize)) : std::nullopt,
          .mirror_rule = has_windows && rules.mscf_rule == "exp_of_probability" ? MirrorRule::exp_of_probability
                                                                                : MirrorRule::mean_probability,
          .start = start_of(rules),
          .size_divisor = fit.size_divisor,
          .padding = fit.padding,
          .resizes = fit.resizes,
          .align_corners = fit.align_corners,
          // Half of it, for what else is held; on GPUs the caching allocator's room is not known here.
          .memory_bytes = device.is_cpu() ? std::optional(memory_budget(config.memory) / 2) : std::nullopt};
}

bool is_of_views(const std::string& name, const EvaluationConfig& rules) {
  return name != "ss" || rules.eval_start_shape || rules.eval_start_shortside || rules.eval_start_longside;
}

bool sums_windows(const std::string& name, const EvaluationConfig& rules) {
  return uses_windows(name) && rules.window_overlap == "sum";
}

std::vector<std::unique_ptr<Protocol>> make_protocols(const Config& config, const ModelCard& card, Network& network,
                                                      c10::Device device, Log& log) {
  const EvaluationConfig& rules = config.evaluation;
  std::vector<std::unique_ptr<Protocol>> protocols;
  for (const std::string& name : rules.eval_protocols) {
    if (!is_of_views(name, rules))
      protocols.push_back(std::make_unique<SingleScale>(network, device, single_scale_options(card)));
    else if (sums_windows(name, rules))
      protocols.push_back(std::make_unique<SummedWindows>(network, device, view_options(name, config, card, device)));
    else
      protocols.push_back(
          std::make_unique<SeveralViews>(network, device, view_options(name, config, card, device), log));
  }
  return protocols;
}

}  // namespace seg
