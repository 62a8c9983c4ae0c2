// SPDX-License-Identifier: Apache-2.0
#include "training/memory_fit.h"

#include <algorithm>
#include <string>

#include "base/counted.h"
#include "base/error.h"
#include "base/text.h"
#include "engine/device.h"
#include "engine/memory.h"
#include "training/memory_check.h"

namespace seg {
namespace {

constexpr double kShareForBatch = 0.9;

// What a run is forecast to take with another ims_per_gpu: of a forecast only what depends on it is made anew.
class ForecastOfBatch {
 public:
  ForecastOfBatch(const Config& config, const StoredValues& stored, const Dataset& train, const Dataset& validation)
      : config_(with_single_images(config)),
        train_(train),
        settings_(resolve_settings(config_, train, stored)),
        step_(config_, settings_),
        least_(forecast(config_, settings_, train, validation)) {}

  Forecast operator()(std::int64_t images) const {
    RunSettings settings = settings_;
    settings.samples_per_step = images * config_.step.gradient_accumulation_steps;
    Forecast result = least_;
    result.step_images = images;
    result.step_bytes = step_.bytes(images);
    result.loader_bytes = Loader::memory_bytes(loader_options(config_, train_, settings), train_.traits());
    return result;
  }

 private:
  static Config with_single_images(Config config) {
    config.loader.ims_per_gpu = 1;
    return config;
  }

  const Config config_;
  const Dataset& train_;
  const RunSettings settings_;
  const StepForecast step_;
  const Forecast least_;
};

// The rule by which learning rates are usually carried over to another batch: in proportion.
std::string advice_for(const Config& config, std::int64_t before) {
  const auto images = [&](std::int64_t ims_per_gpu) { return ims_per_gpu * config.step.gradient_accumulation_steps; };
  const std::int64_t now = config.loader.ims_per_gpu;
  if (now == before) return "the effective batch is the config's";
  const double rate = config.step.lr_start * static_cast<double>(now) / static_cast<double>(before);
  return "the effective batch is " + counted(images(now), "image") + ", not " + std::to_string(images(before)) +
         ", which changes what is learned: lr_start stays " + shortest(config.step.lr_start) +
         " (in proportion to the "
         "batch it would be " +
         shortest(std::stod(fixed(rate, 6))) + ")" +
         (config.run.max_iter
              ? ", and max_iter counts steps, so that " +
                    fixed(static_cast<double>(now) / static_cast<double>(before), 2) + " times as many images are seen"
              : std::string());
}

}  // namespace

std::optional<std::int64_t> fitting_parts(std::int64_t images, std::int64_t parts,
                                          const std::function<bool(std::int64_t images)>& fits) {
  for (; parts <= images; ++parts)
    if (images % parts == 0 && fits(images / parts)) return parts;
  return std::nullopt;
}

std::int64_t largest_fitting(std::int64_t most, const std::function<bool(std::int64_t)>& fits) {
  std::int64_t good = 1, bad = most + 1;
  for (std::int64_t next = 2; next < bad; next = std::min(2 * next, most)) {
    if (!fits(next)) {
      bad = next;
      break;
    }
    good = next;
    if (next == most) return most;
  }
  while (bad - good > 1) {
    const std::int64_t middle = good + (bad - good) / 2;
    (fits(middle) ? good : bad) = middle;
  }
  return good;
}

void require_forecast_of_kernels(c10::Device device) {
  if (device.is_cpu()) return;
  fail("auto_batch", "on a GPU it is not built: what the kernels take there is not forecast",
       "auto_batch=false and an ims_per_gpu that seems to fit; with on_oom=split a run goes on where it does not");
}

void choose_batch(ResolvedConfig& resolved, const StoredValues& stored, const Dataset& train, const Dataset& validation,
                  std::int64_t budget, Log& log) {
  if (!resolved.config.memory.auto_batch) return;
  require_forecast_of_kernels(choose_device(resolved.config.run.device).device);
  const std::int64_t before = resolved.config.loader.ims_per_gpu;
  if (const auto found = stored.find(std::string(kAutoBatch)); found != stored.end())
    return resolved.settle("ims_per_gpu", found->second, "auto_batch, as this run began");
  const double room = kShareForBatch * static_cast<double>(budget);
  const ForecastOfBatch forecast_of(resolved.config, stored, train, validation);
  const auto is_room = [&](std::int64_t bytes) { return static_cast<double>(bytes) <= room; };
  // An evaluation that does not fit beside the smallest batch is nothing that another batch could mend.
  const bool can_evaluate = is_room(forecast_of(1).bytes_in_evaluations());
  const auto fits = [&](std::int64_t images) {
    const Forecast expected = forecast_of(images);
    return is_room(expected.bytes_in_steps()) && (!can_evaluate || is_room(expected.bytes_in_evaluations()));
  };
  const auto most = static_cast<std::int64_t>(train.size());
  const std::int64_t images = largest_fitting(most, fits);
  resolved.settle("ims_per_gpu", std::to_string(images), "auto_batch, of " + bytes_text(budget));
  const std::string why = !fits(images)    ? ", the least there is"
                          : images == most ? ", all images for training at once"
                                           : ", the most that is forecast to fit with a tenth to spare";
  log.info("auto_batch: ims_per_gpu=" + std::to_string(images) + why + " (" +
           bytes_text(forecast_of(images).bytes_in_steps()) + " of the " + bytes_text(budget) + " that may be used); " +
           advice_for(resolved.config, before));
}

std::optional<BatchSplit> split_to_fit(const Config& config, std::int64_t budget, RunSettings& settings,
                                       Forecast& forecast, Log& log) {
  // What a step takes on a GPU is not of this memory.
  if (config.memory.on_oom != "split" || forecast.gpu_bytes > 0 || forecast.bytes_in_steps() <= budget)
    return std::nullopt;
  const StepForecast step(config, settings);
  const std::int64_t images = settings.samples_per_step, before = settings.micro_batches;
  const std::int64_t beside = forecast.bytes_in_steps() - forecast.step_bytes;
  const auto parts =
      fitting_parts(images, before, [&](std::int64_t count) { return beside + step.bytes(count) <= budget; });
  // Where nothing helps single images come nearest; but not if the run is refused anyway, or something else takes most.
  const bool is_refused = is_clearly_too_much(beside + forecast.image_bytes, budget, config);
  if (!parts && (is_refused || !forecast.is_step_the_most())) return std::nullopt;
  const std::int64_t whole = forecast.step_bytes;
  settings.micro_batches = parts.value_or(images);
  forecast.step_images = images / settings.micro_batches;
  forecast.step_bytes = step.bytes(forecast.step_images);
  if (settings.micro_batches == before) return std::nullopt;
  log.warning("a training step on " + counted(images / before, "image") + " at once is forecast to take " +
              bytes_text(whole) + ", with all else more than the " + bytes_text(budget) + " that may be used: the " +
              std::to_string(images) + " of a step go in " + counted(settings.micro_batches, "micro-batch") + " of " +
              counted(forecast.step_images, "image") +
              (parts ? std::string() : ", and even that is forecast to be too much") +
              ". The effective batch is the same, but batch normalisation and OHEM's choice see a micro-batch "
              "(on_oom=fail refuses instead)");
  return BatchSplit{.images = images,
                    .parts_before = before,
                    .parts = settings.micro_batches,
                    .reason = "forecast: " + bytes_text(whole) + " for a step on " + counted(images / before, "image")};
}

Forecast fitted_steps(const Config& config, const Dataset& train, std::int64_t budget, RunSettings& settings,
                      Log& log) {
  Forecast expected = forecast_of_steps(config, settings, train);
  (void)split_to_fit(config, budget, settings, expected, log);
  check_memory(expected, budget, config, log);
  return expected;
}

std::size_t tensor_cap(const Forecast& forecast, std::int64_t budget,
                       const std::optional<std::int64_t>& left_of_limit) {
  const bool is_beyond = forecast.memory_bytes() > budget;
  if (is_beyond && !left_of_limit) return 0;
  const std::int64_t bound = is_beyond ? *left_of_limit : budget;
  const std::int64_t elsewhere =
      forecast.loader_bytes + forecast.reader_bytes + forecast.cache_bytes + forecast.library_bytes;
  const std::size_t in_use = installed_arena() != nullptr ? installed_arena()->statistics().in_use : 0;
  return in_use + static_cast<std::size_t>(std::max<std::int64_t>(bound - elsewhere, 1));
}

}  // namespace seg
