// SPDX-License-Identifier: Apache-2.0
#include "training/protocols.h"

#include <utility>

#include "engine/device.h"
#include "engine/precision.h"
#include "evaluation/memory_notice.h"
#include "evaluation/single_scale.h"
#include "evaluation/summed_windows.h"
#include "training/memory_bound.h"
#include "training/protocol_memory.h"
#include "training/settings.h"

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

// What the network takes is known of processors alone.
std::unique_ptr<Protocol> telling_of_memory(std::unique_ptr<Protocol> protocol, MemoryNoticeOptions options,
                                            const Config& config, c10::Device device, Log& log) {
  if (!device.is_cpu()) return protocol;
  options.memory_bytes = memory_budget(config.memory);
  return std::make_unique<MemoryNotice>(std::move(protocol), std::move(options), log);
}

LookingNetwork looking(const Network& network, const Config& config, c10::Device device) {
  const bool is_half =
      choose_precision(precision_request(config.precision), device, computes_bf16(device)).compute != c10::kFloat;
  return {.graph = network.graph(),
          .plan = network.plan(),
          .threads = compute_threads(),
          .bytes = {.full = 4, .compute = is_half ? 2 : 4}};
}

// What takes less: the first is of the protocol.
std::string less_of(const MemoryConfig& memory, const LookingNetwork& network, const std::string& first) {
  return first + (network.bytes.compute == 4 && computes_bf16(c10::Device(c10::kCPU)) ? ", precision=bf16" : "") +
         ", or " + memory_remedy(memory);
}

std::unique_ptr<Protocol> whole_images(const Config& config, const ModelCard& card, Network& network,
                                       c10::Device device, Log& log) {
  const LookingNetwork seen = looking(network, config, device);
  return telling_of_memory(
      std::make_unique<SingleScale>(network, device, single_scale_options(card)),
      {.needs = [=](const PixelExtent& image,
                    std::int64_t count) { return memory_of_whole_images(card, device, seen, image, count); },
       .remedy =
           [=, memory = config.memory](std::int64_t count) {
             return less_of(memory, seen, count > 1 ? "a smaller eval_ims_per_gpu" : smaller_views_remedy("ss"));
           }},
      config, device, log);
}

std::unique_ptr<Protocol> summed_windows(const ViewOptions& options, const Config& config, Network& network,
                                         c10::Device device, Log& log) {
  const LookingNetwork seen = looking(network, config, device);
  return telling_of_memory(
      std::make_unique<SummedWindows>(network, device, options),
      {.needs = [=](const PixelExtent& image, std::int64_t) { return memory_of_views(options, true, seen, image); },
       .remedy =
           [=, memory = config.memory](std::int64_t) {
             return less_of(memory, seen, "window_overlap=divide, which may cut windows, a smaller eval_crop");
           }},
      config, device, log);
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

std::string smaller_views_remedy(std::string_view protocol) {
  return protocol == "ss" ? "eval_protocols=ssc with a small eval_crop" : "smaller eval_scales or eval_crop";
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
      protocols.push_back(whole_images(config, card, network, device, log));
    else if (sums_windows(name, rules))
      protocols.push_back(summed_windows(view_options(name, config, card, device), config, network, device, log));
    else
      protocols.push_back(
          std::make_unique<SeveralViews>(network, device, view_options(name, config, card, device), log));
  }
  return protocols;
}

}  // namespace seg
