// SPDX-License-Identifier: Apache-2.0
#include "training/memory_fit.h"

#include <algorithm>
#include <string>

#include "base/counted.h"
#include "base/error.h"
#include "base/machine.h"
#include "base/text.h"
#include "engine/device.h"
#include "engine/memory.h"

namespace seg {
namespace {

constexpr double kBytesOfGib = 1024.0 * 1024.0 * 1024.0;
constexpr double kShareForBatch = 0.9;

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

std::int64_t memory_budget(const MemoryConfig& config) {
  const std::int64_t free = usable_memory_bytes();
  if (!config.memory_limit) return free;
  const auto limit = static_cast<std::int64_t>(*config.memory_limit * kBytesOfGib);
  return std::min(free, std::max<std::int64_t>(limit - resident_bytes(), 0));
}

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
  const auto forecast_of = [&](std::int64_t images) {
    Config config = resolved.config;
    config.loader.ims_per_gpu = images;
    return forecast(config, resolve_settings(config, train, stored), train, validation).memory_bytes();
  };
  const std::int64_t images = largest_fitting(static_cast<std::int64_t>(train.size()), [&](std::int64_t count) {
    return static_cast<double>(forecast_of(count)) <= room;
  });
  resolved.settle("ims_per_gpu", std::to_string(images), "auto_batch, of " + bytes_text(budget));
  log.info("auto_batch: ims_per_gpu=" + std::to_string(images) +
           (images == static_cast<std::int64_t>(train.size()) ? ", all images for training at once"
                                                              : ", the most that is forecast to fit") +
           " (" + bytes_text(forecast_of(images)) + " of the " + bytes_text(budget) + " that may be used); " +
           advice_for(resolved.config, before));
}

void split_to_fit(const Config& config, std::int64_t budget, RunSettings& settings, Forecast& forecast, Log& log) {
  // What a step takes on a GPU is not of this memory.
  if (config.memory.on_oom != "split" || forecast.gpu_bytes > 0 || forecast.memory_bytes() <= budget) return;
  const StepForecast step(config, settings);
  const std::int64_t images = settings.samples_per_step, before = settings.micro_batches;
  const auto parts = fitting_parts(images, before, [&](std::int64_t count) {
    Forecast smaller = forecast;
    smaller.step_bytes = step.bytes(count);
    smaller.evaluation_bytes = 0;  // which no split makes smaller
    return smaller.memory_bytes() <= budget;
  });
  // If nothing helps, the least is what is to be told of; but only where it is the step that takes most.
  if (!parts && !forecast.is_step_the_most()) return;
  const std::int64_t whole = forecast.step_bytes;
  settings.micro_batches = parts.value_or(images);
  forecast.step_images = images / settings.micro_batches;
  forecast.step_bytes = step.bytes(forecast.step_images);
  if (settings.micro_batches == before) return;
  log.warning("a training step on " + counted(images / before, "image") + " at once is forecast to take " +
              bytes_text(whole) + ", with all else more than the " + bytes_text(budget) + " that may be used: the " +
              std::to_string(images) + " of a step go in " + counted(settings.micro_batches, "micro-batch") + " of " +
              counted(forecast.step_images, "image") +
              ". The effective batch is the same, but batch normalisation and OHEM's choice see a micro-batch "
              "(on_oom=fail refuses instead)");
}

std::size_t tensor_cap(const MemoryConfig& config, const Forecast& forecast, std::int64_t budget) {
  if (!config.memory_limit && forecast.memory_bytes() > budget) return 0;
  const std::int64_t elsewhere =
      forecast.loader_bytes + forecast.reader_bytes + forecast.cache_bytes + forecast.library_bytes;
  const std::size_t in_use = installed_arena() != nullptr ? installed_arena()->statistics().in_use : 0;
  return in_use + static_cast<std::size_t>(std::max<std::int64_t>(budget - elsewhere, 1));
}

}  // namespace seg
