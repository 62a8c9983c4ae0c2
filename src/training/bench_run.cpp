// SPDX-License-Identifier: Apache-2.0
#include "training/bench_run.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/machine.h"
#include "base/nvml.h"
#include "doctor/figures.h"
#include "engine/device.h"
#include "engine/memory.h"
#include "loader/loader.h"
#include "loader/sample_cache.h"
#include "telemetry/progress_line.h"
#include "training/boundary_settings.h"
#include "training/forecast.h"
#include "training/loading_choices.h"
#include "training/memory_check.h"
#include "training/memory_fit.h"
#include "training/network_in_training.h"
#include "training/out_of_memory.h"
#include "training/run_figures.h"
#include "training/run_log.h"
#include "training/sanity_check.h"
#include "training/settings.h"
#include "training/step_settings.h"
#include "training/validation.h"

namespace seg {
namespace {

using Json = nlohmann::json;

struct Measured {
  RunMoment before, after;
  std::vector<double> step_seconds;
  GpuFigures gpu;
};

// A run for a few steps.
class ShortRun {
 public:
  ShortRun(const Config& config, const RunSettings& settings, const ReaderSource& source, Console& console)
      : config_(config),
        policy_(out_of_memory_policy(config, settings, "the benchmark")),
        trained_(config, settings, &console),
        loader_(source, loader_options(config, source.dataset(), settings),
                batch_memory(settings.device.device, config.loader.pin_memory), console) {}

  NetworkInTraining& trained() { return trained_; }

  // From here on next() gives this step.
  void start(std::int64_t step) { loader_.start(step); }

  // Makes batches and computes nothing, so that what can be kept of their samples is.
  void load(std::int64_t steps) {
    for (std::int64_t i = 0; i < steps; ++i) (void)loader_.next();
  }

  void step() {
    HostBatch batch = trained_.phases.timed(Phase::data_wait, [&] { return loader_.next(); });
    (void)run_step(trained_.step, batch, config_.step.lr_start, policy_);
    batch.release();
  }

  // With all that was queued done, so that two moments enclose whole steps.
  RunMoment moment() {
    wait_for(trained_.parameters.device());
    return {trained_.phases.snapshot(), loader_.statistics()};
  }

 private:
  const Config& config_;
  const OutOfMemoryPolicy policy_;
  NetworkInTraining trained_;
  Loader loader_;
};

// `gpu` tells of the device, if there is one.
Measured measure(ShortRun& run, std::int64_t steps, GpuProbe* gpu, ProgressLine& line) {
  const RunMoment before = run.moment();
  std::vector<double> step_seconds;
  double last = seconds_now();
  for (std::int64_t i = 0; i < steps; ++i) {
    run.step();
    const double now = seconds_now();
    step_seconds.push_back(now - last);
    last = now;
    line.show(static_cast<std::size_t>(i + 1));
  }
  const RunMoment after = run.moment();
  return {.before = before,
          .after = after,
          .step_seconds = std::move(step_seconds),
          .gpu = gpu != nullptr ? gpu->now() : GpuFigures()};
}

// As many as fill the time, by what one of them took.
std::int64_t steps_to_count(const BenchLength& length, double seconds_of_one) {
  if (length.seconds <= 0 || seconds_of_one <= 0) return length.steps;
  return std::max(length.steps, static_cast<std::int64_t>(std::ceil(length.seconds / seconds_of_one)));
}

// An evaluation of all images, by those that are evaluated here. Nothing where there is nothing to evaluate.
Amount evaluation_seconds(const Config& config, const RunSettings& settings, ParameterStore& parameters,
                          Console& console) {
  try {
    const std::unique_ptr<Dataset> dataset = open_dataset(config.dataset, Split::validation);
    Validation validation(config, settings, *dataset, parameters, console);
    (void)validation.rehearse(kImagesRehearsed, [] { return true; });  // plans of their size are made once
    Rehearsal rehearsal;
    rehearse_evaluation(validation, rehearsal);
    if (rehearsal.images == 0) return std::nullopt;
    return rehearsal.evaluation_seconds * static_cast<double>(dataset->size()) / static_cast<double>(rehearsal.images);
  } catch (const UserError& error) {
    console.verbose(std::string("nothing is evaluated: ") + error.what());
    return std::nullopt;
  }
}

}  // namespace

Json bench_run(const Config& config, const RunBench& bench, Console& console) {
  const std::unique_ptr<Dataset> dataset = open_dataset(config.dataset, Split::train);
  RunSettings settings = resolve_settings(config, *dataset);
  const std::int64_t budget = memory_budget(config.memory);
  Forecast expected = fitted_steps(config, *dataset, budget, settings, console);
  const DecodingCost cost = measure_training_samples(config, settings, *dataset);
  expected.loader_bytes = settle_prefetch(config, *dataset, cost, budget - expected.memory_bytes(), settings);
  const LoaderOptions options = loader_options(config, *dataset, settings);
  const CacheChoice choice = choose_cache_in({.usable_memory = budget, .memory = expected.memory_bytes()}, config,
                                             *dataset, kWithoutEnd, cost);
  if (choice.tier == CacheTier::ram) expected.cache_bytes = choice.expected_bytes;
  const ArenaCap cap(tensor_cap(expected, budget, left_of_memory_limit(config.memory)));
  set_up_torch(config, settings.shares.threads);
  Figures figures = figures_of(config, settings, *dataset);
  figures.usable_memory_bytes = budget;
  figures.memory_forecast_bytes = expected.memory_bytes();

  SampleCache cache(choice, console, progress_until_stopped(console, "tidying the cache"));
  ShortRun run(config, settings, cache.attach(*dataset, keeps_distances(config)), console);
  run.start(1);
  run.load(1);
  run.start(1);
  double seconds_of_one = 0;
  for (std::int64_t i = 0; i < std::max<std::int64_t>(bench.length.warmup, 1); ++i) {
    const double began = run.moment().phases.total();
    run.step();
    seconds_of_one = run.moment().phases.total() - began;
  }
  const std::int64_t steps = steps_to_count(bench.length, seconds_of_one);
  if (choice.tier != CacheTier::off) {
    const auto epoch = static_cast<std::int64_t>(dataset->size()) / settings.samples_per_step + 1;
    run.start(1);
    run.load(std::min(epoch, steps + 1 + options.slots));
    run.start(1);
    run.step();
  }
  ProgressLine line(console, "steps", static_cast<std::size_t>(steps));
  const std::unique_ptr<GpuProbe> gpu =
      settings.device.device.is_cuda() ? GpuProbe::of(cuda_bus_id(settings.device.device)) : nullptr;
  const Measured measured = measure(run, steps, gpu.get(), line);

  figures.cache = name_of(choice.tier);
  figures.micro_batches = run.trained().step.micro_batches();
  figures.images_of_micro_batch = settings.samples_per_step / *figures.micro_batches;
  figures.gpu_utilisation = measured.gpu.utilisation;
  figures.gpu_memory_share = measured.gpu.used_share();
  figures.memory_peak_bytes = peak_resident_bytes();
  add_speed(measured.before, measured.after, steps, settings.samples_per_step, figures);
  if (bench.evaluates)
    figures.evaluation_seconds = evaluation_seconds(config, settings, run.trained().final_parameters(), console);
  return {{"images_per_second", *figures.run_rate},
          {"seconds_per_step", to_json(spread_of(measured.step_seconds))},
          {"phases", to_json(measured.after.phases - measured.before.phases)},
          {"steps", steps},
          {"batch", settings.samples_per_step},
          {"workers", settings.shares.num_workers},
          {"figures", to_json(figures)},
          {"machine", machine_record(settings.device, settings.precision, settings.shares.threads)}};
}

}  // namespace seg
