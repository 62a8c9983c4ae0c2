// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "doctor/rate_model.h"
#include "doctor/rules.h"

namespace seg {
namespace {

constexpr double kWaitThatMatters = 0.03;
constexpr double kLargeStage = 0.3;  // of the loader's work
constexpr double kLargeImage = 4;    // times the crop
constexpr double kUnevenness = 1.1;  // a loader that is so much faster alone waits for nothing but bad luck
constexpr double kWorthADisk = 4;    // milliseconds: a disk gives a decoded window about as fast
constexpr std::int64_t kDeepPrefetch = 4;
constexpr std::int64_t kManyWorkers = 16;

Amount wait_share(const Figures& f) {
  if (const Amount wait = f.phase(Phase::data_wait)) return wait;
  const auto costs = costs_of(f);
  return costs ? Amount(predicted_wait(*costs)) : std::nullopt;
}

bool waits(const Figures& f) { return wait_share(f).value_or(0) > kWaitThatMatters; }

double stage_or_0(const Figures& f, LoaderStage stage) { return f.stage(stage).value_or(0); }

double loading_milliseconds(const Figures& f) {
  double sum = 0;
  for (const Amount& stage : f.stages) sum += stage.value_or(0);
  return sum;
}

// What is left of the labels' stage once they need not be decoded: to resample one channel where the image has three.
double label_resampling(const Figures& f) {
  return std::min(stage_or_0(f, LoaderStage::label), stage_or_0(f, LoaderStage::resample) / 3);
}

// Left alone, for other programs and for the system's own cache of files.
std::int64_t room_in_memory(const Figures& f) {
  const std::int64_t usable = f.usable_memory_bytes.value_or(0);
  return usable - f.memory_forecast_bytes.value_or(0) - std::max<std::int64_t>(std::int64_t{1} << 30, usable / 10);
}

std::string rates_text(const Figures& f) {
  std::string text;
  if (const Amount wait = wait_share(f)) text = "the step waits for data " + percent(*wait, 0) + " % of the time";
  if (f.loader_rate && f.loader_workers)
    text += fmt::format("; the loader alone gives {} images/s with {}", fixed(*f.loader_rate, 1),
                        *f.loader_workers == 0 ? "the training thread" : fmt::format("{} workers", *f.loader_workers));
  if (f.step_rate) text += ", the step alone takes " + fixed(*f.step_rate, 1);
  return text;
}

Change change_to(const RunCosts& costs) {
  Change change = {{"num_workers", std::to_string(costs.workers)}};
  if (costs.computes_on_cpu) change["threads"] = std::to_string(costs.threads);
  return change;
}

std::string division_text(const RunCosts& costs) {
  std::string text =
      costs.workers == 0 ? "no workers" : fmt::format("{} worker{}", costs.workers, costs.workers == 1 ? "" : "s");
  if (costs.computes_on_cpu)
    text += fmt::format(" and {} compute thread{}", costs.threads, costs.threads == 1 ? "" : "s");
  return text;
}

std::optional<Finding> more_workers(const Figures& f) {
  const auto costs = costs_of(f);
  if (!costs || !waits(f)) return std::nullopt;
  const RunCosts best = best_division(*costs);
  if (best.workers <= costs->workers || gain(*costs, best) < kWorthAWord) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence = rates_text(f) + fmt::format("; {} of {} processors", division_text(*costs), costs->processors),
      .advice = "let " + division_text(best) + " share the processors",
      .change = change_to(best),
      .expected_speedup = gain(*costs, best)};
}

std::optional<Finding> fewer_workers(const Figures& f) {
  const auto costs = costs_of(f);
  if (!costs || !costs->computes_on_cpu) return std::nullopt;
  const RunCosts best = best_division(*costs);
  if (best.workers >= costs->workers || gain(*costs, best) < kWorthAWord) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence = fmt::format("{}, but an image takes {} ms to load and {} to train on", division_text(*costs),
                              fixed(1000 * costs->loading, 1), fixed(1000 * costs->computing, 1)),
      .advice = "let the processors that the loader hardly uses compute: " + division_text(best),
      .change = change_to(best),
      .expected_speedup = gain(*costs, best)};
}

std::optional<Finding> deeper_prefetch(const Figures& f) {
  if (!waits(f) || !f.loader_rate || !f.step_rate || f.workers.value_or(0) == 0) return std::nullopt;
  if (*f.loader_rate < kUnevenness * *f.step_rate || f.prefetch_steps.value_or(kDeepPrefetch) >= kDeepPrefetch)
    return std::nullopt;
  const double expected = gain_of_part(*wait_share(f), 2);  // half of the waits, which come singly
  if (expected < kWorthAWord) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence = rates_text(f) + ": the loader is fast enough, but not evenly",
      .advice = fmt::format("prepare {} steps ahead, for samples that take longer than others", kDeepPrefetch),
      .change = {{"prefetch_factor", std::to_string(kDeepPrefetch)}},
      .expected_speedup = expected};
}

// What a cache saves of each image, besides what it costs to copy a window out of memory, which is little.
double saved_by_cache(const Figures& f) {
  return stage_or_0(f, LoaderStage::read) + stage_or_0(f, LoaderStage::decode) + stage_or_0(f, LoaderStage::label) -
         label_resampling(f);
}

std::string decoding_text(const Figures& f) {
  return fmt::format("reading and decoding take {} of {} ms an image; all {} images are {} decoded",
                     fixed(saved_by_cache(f), 1), fixed(loading_milliseconds(f), 1),
                     count_text(static_cast<double>(f.images.value_or(0))), bytes_text(*f.decoded_bytes));
}

bool is_read_again(const Figures& f) { return f.epochs.value_or(2) >= 2; }

std::optional<Finding> cache_in_memory(const Figures& f) {
  const auto costs = costs_of(f);
  if (!costs || f.cache.value_or("") != "off" || !f.decoded_bytes || !is_read_again(f)) return std::nullopt;
  if (!f.usable_memory_bytes || *f.decoded_bytes > room_in_memory(f)) return std::nullopt;
  const double expected = gain(*costs, with_less_loading(*costs, saved_by_cache(f)));
  if (expected < kWorthAWord) return std::nullopt;
  return Finding{.rule = {},
                 .evidence = decoding_text(f) + ", and memory has room for " + bytes_text(room_in_memory(f)),
                 .advice = "keep decoded images in memory",
                 .change = {{"cache", "ram"}},
                 .expected_speedup = expected};
}

std::optional<Finding> cache_on_disk(const Figures& f) {
  const auto costs = costs_of(f);
  if (!costs || f.cache.value_or("") != "off" || !f.decoded_bytes || !is_read_again(f)) return std::nullopt;
  if (!f.usable_memory_bytes || *f.decoded_bytes <= room_in_memory(f) || f.images.value_or(0) == 0) return std::nullopt;
  if (!f.cold_bytes_per_second || saved_by_cache(f) < kWorthADisk) return std::nullopt;
  const double bytes = static_cast<double>(*f.decoded_bytes) / static_cast<double>(*f.images);
  const double saved = saved_by_cache(f) - 1000 * bytes / *f.cold_bytes_per_second;
  const double expected = gain(*costs, with_less_loading(*costs, saved));
  if (expected < kWorthAWord) return std::nullopt;
  return Finding{.rule = {},
                 .evidence = decoding_text(f) + ", more than memory has room for",
                 .advice = "keep decoded images on a disk, ahead of training by `segtrain cache`",
                 .change = {{"cache", "disk"}},
                 .expected_speedup = expected};
}

std::optional<Finding> slow_disk(const Figures& f) {
  if (!f.file_bytes || !f.usable_memory_bytes || !f.cold_samples_per_second || !f.step_rate) return std::nullopt;
  if (f.cache.value_or("") == "ram" || *f.file_bytes <= room_in_memory(f)) return std::nullopt;
  const double expected = *f.step_rate / *f.cold_samples_per_second;
  if (expected < kWorthAWord) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence = fmt::format("the disk gives {} images/s and the step takes {}; {} of files do not stay in "
                              "the memory that is left",
                              fixed(*f.cold_samples_per_second, 1), fixed(*f.step_rate, 1), bytes_text(*f.file_bytes)),
      .advice = "put the files on a faster disk, or store them smaller",
      .expected_speedup = expected};
}

std::optional<Finding> cold_start(const Figures& f) {
  if (!f.images || !f.epochs || !f.cold_samples_per_second || !f.run_rate) return std::nullopt;
  if (*f.cold_samples_per_second >= *f.run_rate) return std::nullopt;
  const double first = std::min(1.0, *f.epochs) / *f.cold_samples_per_second;
  const double later = std::max(0.0, *f.epochs - 1) / *f.run_rate;
  const double expected = (first + later) / (*f.epochs / *f.run_rate);
  if (expected < kWorthAWord) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence = fmt::format("read for the first time, files come at {} images/s, and training takes {}; "
                              "that is so for one of {} epochs",
                              fixed(*f.cold_samples_per_second, 1), fixed(*f.run_rate, 1), fixed(*f.epochs, 1)),
      .advice = "bring the files nearer first: copy them to a local disk, or make the cache ahead",
      .expected_speedup = expected};
}

// Of a stage that could take so much less.
std::optional<double> gain_of_stage(const Figures& f, double saved) {
  const auto costs = costs_of(f);
  if (!costs) return std::nullopt;
  const double expected = gain(*costs, with_less_loading(*costs, saved));
  return expected < kWorthAWord ? std::nullopt : std::optional(expected);
}

std::optional<Finding> large_images(const Figures& f) {
  const double decode = stage_or_0(f, LoaderStage::decode);
  if (!f.image_pixels || !f.crop_pixels || decode < kLargeStage * loading_milliseconds(f)) return std::nullopt;
  const double times = static_cast<double>(*f.image_pixels) / static_cast<double>(*f.crop_pixels);
  if (times <= kLargeImage) return std::nullopt;
  const auto expected = gain_of_stage(f, decode * (1 - kLargeImage / times));
  if (!expected) return std::nullopt;
  return Finding{.rule = {},
                 .evidence = fmt::format("an image has {} times the pixels of a crop, and takes {} of {} ms to decode",
                                         fixed(times, 1), fixed(decode, 1), fixed(loading_milliseconds(f), 1)),
                 .advice = "store the images smaller, at four times the crop's pixels, if their detail is not needed",
                 .expected_speedup = expected};
}

std::optional<Finding> label_decoding(const Figures& f) {
  const double label = stage_or_0(f, LoaderStage::label), saved = label - label_resampling(f);
  if (label <= stage_or_0(f, LoaderStage::decode) || saved < kLargeStage * loading_milliseconds(f)) return std::nullopt;
  const auto expected = gain_of_stage(f, saved);
  if (!expected) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence = fmt::format("labels take {} of {} ms an image, more than the images' own {}", fixed(label, 1),
                              fixed(loading_milliseconds(f), 1), fixed(stage_or_0(f, LoaderStage::decode), 1)),
      .advice = "store labels as PNG with one channel of 8 bits, or let a cache keep them",
      .expected_speedup = expected};
}

std::optional<Finding> distance_maps(const Figures& f) {
  if (f.distance_map.value_or("") != "online" || f.cache.value_or("off") == "off") return std::nullopt;
  const double stage = stage_or_0(f, LoaderStage::distance_map);
  const auto expected = gain_of_stage(f, stage - label_resampling(f));
  if (!expected) return std::nullopt;
  return Finding{.rule = {},
                 .evidence = fmt::format("distances to boundaries take {} of {} ms an image", fixed(stage, 1),
                                         fixed(loading_milliseconds(f), 1)),
                 .advice = "cut them from maps that the cache keeps",
                 .change = {{"distance_map", "cache"}},
                 .expected_speedup = expected};
}

std::optional<Finding> slow_augmentation(const Figures& f) {
  const double resample = stage_or_0(f, LoaderStage::resample), jitter = stage_or_0(f, LoaderStage::jitter);
  if (std::max(resample, jitter) < kLargeStage * loading_milliseconds(f) || !waits(f)) return std::nullopt;
  const bool is_jitter = jitter > resample;
  const auto expected = gain_of_stage(f, std::max(resample, jitter));
  if (!expected) return std::nullopt;
  return Finding{
      .rule = {},
      .evidence =
          rates_text(f) + fmt::format("; {} takes {} of {} ms an image", is_jitter ? "changing colours" : "resampling",
                                      fixed(std::max(resample, jitter), 1), fixed(loading_milliseconds(f), 1)),
      .advice = is_jitter ? "do without color_jitter, gamma, blur or noise if the data do not need them"
                          : "images stored near the scale of the crops are resampled faster",
      .expected_speedup = expected};
}

std::optional<Finding> workers_do_not_fit(const Figures& f) {
  if (!f.asked_workers || !f.workers || *f.asked_workers <= *f.workers) return std::nullopt;
  std::string evidence =
      fmt::format("{} workers are asked for, {} processors may be used", *f.asked_workers, f.processors.value_or(0));
  if (f.processor_quota) evidence += fmt::format(" (the control group allows {})", fixed(*f.processor_quota, 1));
  return Finding{.rule = {},
                 .evidence = evidence + fmt::format(": there are {}", *f.workers),
                 .advice = "leave num_workers out, or give the process more processors",
                 .change = {{"num_workers", "auto"}}};
}

std::optional<Finding> many_workers(const Figures& f) {
  if (f.workers.value_or(0) <= kManyWorkers || waits(f)) return std::nullopt;
  return Finding{.rule = {},
                 .evidence = fmt::format("{} workers, and the step does not wait for data", *f.workers),
                 .advice = "16 workers are seldom too few; each holds images in memory",
                 .change = {{"num_workers", std::to_string(kManyWorkers)}}};
}

constexpr auto kRules = std::to_array<Rule>(
    {{"more_workers", "the step waits for data, and another division of the processors gives more", more_workers},
     {"fewer_workers", "workers idle on processors that could compute", fewer_workers},
     {"deeper_prefetch", "the loader is fast enough on average, and the step waits all the same", deeper_prefetch},
     {"cache_in_memory", "decoded samples fit into the memory that training leaves, and decoding is felt",
      cache_in_memory},
     {"cache_on_disk", "they do not fit, and a disk gives them faster than they are decoded", cache_on_disk},
     {"slow_disk", "files do not stay in memory, and their disk is slower than the step", slow_disk},
     {"cold_start", "the first epoch waits for a slow disk, in a run of few epochs", cold_start},
     {"large_images", "images have more than four times the pixels of a crop, and decoding is felt", large_images},
     {"label_decoding", "labels take longer to decode than images, and that is felt", label_decoding},
     {"distance_maps", "distances are found anew for each crop though there is a cache", distance_maps},
     {"slow_augmentation", "the step waits for crops to be resampled or coloured", slow_augmentation},
     {"workers_do_not_fit", "more workers are asked for than there are processors", workers_do_not_fit},
     {"many_workers", "more than 16 workers, and the step does not wait", many_workers}});

}  // namespace

std::span<const Rule> loading_rules() { return kRules; }

}  // namespace seg
