// SPDX-License-Identifier: Apache-2.0
#include "training/settings.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

#include "base/collect_problems.h"
#include "base/counted.h"
#include "base/error.h"
#include "base/machine.h"
#include "base/version.h"
#include "graph/passes.h"
#include "image/color_map.h"
#include "training/boundary_settings.h"
#include "training/loss_settings.h"
#include "training/point_settings.h"

namespace seg {
namespace {

// Above these an automatic evaluation interval does not go: about ten evaluations a run.
constexpr std::int64_t kEvaluationsPerRun = 10;

constexpr const char* kAsItBegan = "as this run began";

void check_crop(const Config& config, const Model& model, std::vector<Problem>& problems) {
  const PixelSize& crop = config.augmentation.cropsize;
  const std::int64_t divisor = model.size_divisor;
  if (crop.height % divisor == 0 && crop.width % divisor == 0) return;
  const auto nearest = [&](std::int64_t size) {
    return std::to_string(std::max<std::int64_t>(1, (size + divisor / 2) / divisor) * divisor);
  };
  problems.push_back({"cropsize",
                      std::to_string(crop.height) + "x" + std::to_string(crop.width) + " does not divide by " +
                          std::to_string(divisor) + ", as " + std::string(model.name) + " needs",
                      "cropsize=" + nearest(crop.height) + "x" + nearest(crop.width)});
}

void check_heads(const Config& config, const Model& model, std::vector<Problem>& problems) {
  const auto& heads = config.model.num_aux_heads;
  if (!heads || *heads == model.num_aux_heads) return;
  problems.push_back({"num_aux_heads",
                      std::string(model.name) + " has " + std::to_string(model.num_aux_heads) +
                          " auxiliary heads, not " + std::to_string(*heads),
                      "leave the key out, or num_aux_heads=" + std::to_string(model.num_aux_heads) +
                          "; aux_weight=0 takes them out of the loss"});
}

void check_channels(const Config& config, const DatasetTraits& traits, std::vector<Problem>& problems) {
  const auto& channels = config.model.in_channels;
  if (channels && *channels != traits.channels)
    problems.push_back({"in_channels",
                        "the images have " + counted(traits.channels, "channel") + ", not " + std::to_string(*channels),
                        "leave the key out, or in_channels=" + std::to_string(traits.channels)});
}

void check_names(const Config& config, std::int64_t num_classes, std::vector<Problem>& problems) {
  const auto check = [&](const char* key, std::size_t size) {
    if (size != 0 && size != static_cast<std::size_t>(num_classes))
      problems.push_back({key, "has " + counted(size, "entry") + " for " + counted(num_classes, "class"),
                          "give one entry a class, or leave the key out"});
  };
  check("class_names", config.dataset.class_names.size());
  check("palette", config.dataset.palette.size());
}

ModelCard model_card(const Config& config, const DatasetTraits& traits, std::int64_t num_classes) {
  ModelCard card{.model = config.model.model_type,
                 .num_classes = num_classes,
                 .in_channels = traits.channels,
                 .dropout = config.model.dropout,
                 .distance_head = config.boundaries.distance_head,
                 .point_head = point_head_of(config.model),
                 .pixels = traits.type,
                 .mean = traits.mean,
                 .std = traits.std,
                 .ignore_label = config.dataset.lb_ignore,
                 .class_names = config.dataset.class_names,
                 .version = std::string(version())};
  set_image_fit(card, config.evaluation);
  if (card.class_names.empty()) card.class_names = traits.class_names;
  for (const Color& color : config.dataset.palette) card.palette.push_back({color[0], color[1], color[2]});
  if (card.palette.empty()) card.palette = traits.palette;
  const auto count = static_cast<std::size_t>(num_classes);
  if (card.palette.size() > count) card.palette.resize(count);  // the colour of what is ignored comes last
  if (card.palette.size() < count) card.palette = default_palette(num_classes);
  for (std::int64_t k = 0; k < num_classes; ++k) {
    if (traits.label_values.empty())
      card.label_values.push_back({k});
    else if (const auto at = static_cast<std::size_t>(k); at < traits.label_values.size())
      card.label_values.emplace_back(traits.label_values[at].begin(), traits.label_values[at].end());
    else
      card.label_values.emplace_back();
  }
  return card;
}

std::int64_t resolve_last_step(const Config& config, std::size_t num_images, std::int64_t samples_per_step) {
  if (config.run.max_iter) return *config.run.max_iter;
  const double epochs = config.run.max_epochs.value_or(0);
  const double samples = epochs * static_cast<double>(num_images);
  return std::max<std::int64_t>(1,
                                static_cast<std::int64_t>(std::ceil(samples / static_cast<double>(samples_per_step))));
}

std::string stored_or(const StoredValues& stored, const std::string& key, const std::string& otherwise) {
  const auto found = stored.find(key);
  return found == stored.end() ? otherwise : found->second;
}

// A run that began before there were passes goes on without.
PassRequest passes_request(const PassRequest& wanted, const StoredValues& stored) {
  if (wanted || stored.empty()) return wanted;
  std::vector<std::string> names;
  std::istringstream text(stored_or(stored, "passes", "none"));
  for (std::string name; std::getline(text, name, ',');) names.push_back(name);
  return names;
}

// What the user says now wins over what an earlier part of the run resolved; that wins over what would be chosen now.
void resolve_machine(const Config& config, const StoredValues& stored, RunSettings& settings) {
  settings.device = choose_device(config.run.device);
  PrecisionRequest request = precision_request(config.precision);
  const std::string stored_precision = stored_or(stored, "precision", "");
  const bool reuses_precision = !stored_precision.empty() && !request.precision && request.use_fp16;
  if (reuses_precision) request.precision = stored_precision;
  settings.precision = choose_precision(request, settings.device.device, computes_bf16(settings.device.device));
  if (reuses_precision) settings.precision.reason = kAsItBegan;
  settings.passes = choose_passes(passes_request(config.model.passes, stored),
                                  pass_conditions(settings.device.device, settings.precision.compute, cpu_features()));
  ThreadRequest threads{.usable_processors = usable_processors(),
                        .computes_on_cpu = settings.device.device.is_cpu(),
                        .threads = config.run.threads,
                        .num_workers = config.loader.num_workers};
  const std::string stored_threads = stored_or(stored, "threads", "");
  const bool reuses_threads = !stored_threads.empty() && !threads.threads;
  if (reuses_threads) threads.threads = std::stoll(stored_threads);
  settings.shares = share_processors(threads);
  if (reuses_threads && settings.shares.threads == *threads.threads) settings.shares.threads_reason = kAsItBegan;
}

// Into which an earlier part of the run cut the same batch; 1 if it was another one.
std::int64_t stored_micro_batches(const StoredValues& stored, std::int64_t images) {
  const std::string text = stored_or(stored, std::string(kMicroBatches), "");
  for (std::int64_t parts = 1; parts <= images; ++parts)
    if (images % parts == 0 && text == micro_batches_text(parts, images)) return parts;
  return 1;
}

}  // namespace

RunSettings resolve_settings(const Config& config, const Dataset& train, const StoredValues& stored) {
  const DatasetTraits& traits = train.traits();
  std::vector<Problem> problems;
  collect_problems(problems, [&] {
    const Model& model = find_model(config.model.model_type);
    check_crop(config, model, problems);
    check_heads(config, model, problems);
    check_point_rend(config.model, problems);
  });
  check_channels(config, traits, problems);
  std::int64_t num_classes = 0;
  collect_problems(problems, [&] {
    num_classes = resolve_num_classes(traits, config.dataset.dataset, config.model.n_cats);
    check_names(config, num_classes, problems);
    check_class_weights(config.loss, num_classes, problems);
  });
  fail_if_any(std::move(problems));

  RunSettings settings;
  resolve_machine(config, stored, settings);
  if (const auto& steps = config.loader.prefetch_factor) settings.prefetch = {.steps = *steps, .reason = "as asked"};
  settings.samples_per_step = config.loader.ims_per_gpu * config.step.gradient_accumulation_steps;
  settings.configured_micro_batches = config.step.gradient_accumulation_steps;
  settings.micro_batches =
      std::max(settings.configured_micro_batches, stored_micro_batches(stored, settings.samples_per_step));
  settings.last_step = resolve_last_step(config, train.size(), settings.samples_per_step);
  settings.eval_interval_is_auto = !config.evaluation.eval_interval.has_value();
  settings.eval_interval =
      config.evaluation.eval_interval.value_or((settings.last_step + kEvaluationsPerRun - 1) / kEvaluationsPerRun);
  settings.checkpoint_interval = config.keeping.checkpoint_interval;
  settings.card = model_card(config, traits, num_classes);
  settings.class_weights = class_weights(config.loss, num_classes, stored_or(stored, std::string(kClassWeights), ""));
  return settings;
}

std::int64_t num_evaluations(const RunSettings& settings) {
  return settings.eval_interval > 0 ? (settings.last_step - 1) / settings.eval_interval + 1 : 1;
}

StoredValues stored_values(const RunSettings& settings) {
  StoredValues values = {{"threads", std::to_string(settings.shares.threads)},
                         {"precision", settings.precision.name},
                         {"passes", names_of(settings.passes)}};
  if (settings.micro_batches > settings.configured_micro_batches)
    values[std::string(kMicroBatches)] = micro_batches_text(settings.micro_batches, settings.samples_per_step);
  return values;
}

std::string micro_batches_text(std::int64_t parts, std::int64_t images) {
  return std::to_string(parts) + " of " + std::to_string(images);
}

LoaderOptions loader_options(const Config& config, const Dataset& dataset, const RunSettings& settings) {
  const AugmentationConfig& augmentation = config.augmentation;
  LoaderOptions options;
  options.seed = static_cast<std::uint64_t>(config.run.seed);
  options.share = share_of(settings.samples_per_step, 0, 1);
  options.augmentation = {.crop_height = augmentation.cropsize.height,
                          .crop_width = augmentation.cropsize.width,
                          .scale_low = augmentation.scales.at(0),
                          .scale_high = augmentation.scales.at(1),
                          .flip = augmentation.flip,
                          .flip_vertical = augmentation.flip_vertical,
                          .rot90 = augmentation.rot90,
                          .brightness = augmentation.color_jitter.at(0),
                          .contrast = augmentation.color_jitter.at(1),
                          .saturation = augmentation.color_jitter.at(2),
                          .gamma = augmentation.gamma,
                          .blur = augmentation.blur,
                          .noise = augmentation.noise,
                          .crop_rule = augmentation.crop_rule == "reference" ? CropRule::reference : CropRule::uniform,
                          .foreground_crops = augmentation.foreground_crops,
                          .crop_max_class_share = augmentation.crop_max_class_share};
  options.pad_label = static_cast<std::uint8_t>(augmentation.pad_label.value_or(config.dataset.lb_ignore));
  options.jitter_padding = augmentation.jitter_padding;
  options.jitter_rounding = augmentation.jitter_rounding == "truncate" ? Rounding::truncate : Rounding::nearest;
  if (augmentation.jitter_pivot)
    options.jitter_pivots.assign(static_cast<std::size_t>(dataset.traits().channels), *augmentation.jitter_pivot);
  options.distances = distance_options(config);
  options.points = drawn_points(config);
  options.on_bad_sample = config.dataset.on_bad_sample == "skip" ? OnBadSample::skip : OnBadSample::fail;
  options.max_bad_samples = config.dataset.max_bad_samples;
  options.num_workers = settings.shares.num_workers;
  options.slots = static_cast<int>(settings.prefetch.steps) + 1;
  return options;
}

TorchSwitches torch_switches(const Config& config) {
  return {.deterministic = config.run.deterministic,
          .cudnn_benchmark = config.step.cudnn_benchmark,
          .cudnn_deterministic = config.step.cudnn_deterministic,
          .allow_tf32 = config.precision.allow_tf32};
}

void set_up_torch(const Config& config, int threads) {
  set_compute_threads(threads);
  set_switches(torch_switches(config));
}

PrecisionRequest precision_request(const PrecisionConfig& config) {
  PrecisionRequest request{.precision = std::nullopt, .use_fp16 = config.use_fp16};
  if (config.precision != "auto") request.precision = config.precision;
  return request;
}

Graph fresh_graph(const Config& config, const ModelCard& card) {
  return config.model.classifier_init == "small" ? with_small_classifiers(graph_of(card)) : graph_of(card);
}

Graph training_graph(const Config& config, const RunSettings& settings) {
  const std::vector<LossTerm> losses = summed_losses(config.loss, config.dataset.lb_ignore, settings.class_weights);
  const BoundariesConfig& boundaries = config.boundaries;
  const Graph network = fresh_graph(config, settings.card);
  Graph graph = with_summed_losses(network, losses, distance_loss(boundaries, config.dataset.lb_ignore));
  if (settings.card.point_head) graph = with_point_loss(graph, network, point_training(config));
  if (boundaries.boundary_weight > 0)
    graph = with_boundary_weights(graph, {.weight = boundaries.boundary_weight, .sigma = boundaries.boundary_sigma});
  graph = with_training_passes(with_normalization(graph, normalization_of(settings.card)), settings.passes);
  return settings.precision.compute == c10::kFloat ? graph : with_compute_casts(graph);
}

}  // namespace seg
