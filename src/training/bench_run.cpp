// SPDX-License-Identifier: Apache-2.0
#include "training/bench_run.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/cgroup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/machine.h"
#include "base/process_load.h"
#include "doctor/figures.h"
#include "engine/device.h"
#include "engine/memory.h"
#include "loader/loader.h"
#include "loader/reader_memory.h"
#include "loader/sample_cache.h"
#include "telemetry/progress_line.h"
#include "training/boundary_settings.h"
#include "training/forecast.h"
#include "training/memory_check.h"
#include "training/memory_fit.h"
#include "training/network_in_training.h"
#include "training/out_of_memory.h"
#include "training/read_back.h"
#include "training/run_log.h"
#include "training/sanity_check.h"
#include "training/settings.h"
#include "training/validation.h"

namespace seg {
namespace {

using Json = nlohmann::json;

// What is counted, at one moment.
struct Moment {
  double seconds = seconds_now();
  PhaseSeconds phases;
  ProcessLoad load = process_load();
  LoaderStatistics loader;
  std::int64_t page_faults = minor_page_faults(), reads_back = num_read_backs();
};

struct Measured {
  Moment before, after;
  std::vector<double> step_seconds;
};

// A run for a few steps.
class ShortRun {
 public:
  ShortRun(const Config& config, const RunSettings& settings, const ReaderSource& source, Console& console)
      : config_(config),
        policy_{
            .device = settings.device.device, .may_split = config.memory.on_oom == "split", .memory = config.memory},
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
  Moment moment() {
    wait_for(trained_.parameters.device());
    Moment now;
    now.phases = trained_.phases.snapshot();
    now.loader = loader_.statistics();
    return now;
  }

 private:
  const Config& config_;
  const OutOfMemoryPolicy policy_;
  NetworkInTraining trained_;
  Loader loader_;
};

Measured measure(ShortRun& run, std::int64_t steps, ProgressLine& line) {
  Measured measured;
  measured.before = run.moment();
  double last = measured.before.seconds;
  for (std::int64_t i = 0; i < steps; ++i) {
    run.step();
    const double now = seconds_now();
    measured.step_seconds.push_back(now - last);
    last = now;
    line.show(static_cast<std::size_t>(i + 1));
  }
  measured.after = run.moment();
  return measured;
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

void add_settings(const Config& config, const RunSettings& settings, const Dataset& dataset, Figures& figures) {
  const bool on_cpu = settings.device.device.is_cpu(), has_bf16 = computes_bf16(settings.device.device);
  figures.processors = usable_processors();
  figures.online_processors = online_processors();
  figures.processor_quota = cgroup_limits().processors;
  figures.computes_on_cpu = on_cpu;
  figures.half_precision = has_bf16 ? "bf16" : on_cpu ? "none" : "fp16";
  figures.threads = settings.shares.threads;
  figures.workers = settings.shares.num_workers;
  figures.asked_threads = config.run.threads;
  figures.asked_workers = config.loader.num_workers;
  figures.prefetch_steps = config.loader.prefetch_factor;
  figures.precision = settings.precision.name;
  figures.distance_map = config.boundaries.distance_map;
  figures.deterministic = config.run.deterministic || config.step.cudnn_deterministic;
  figures.crop_pixels = config.augmentation.cropsize.height * config.augmentation.cropsize.width;
  figures.eval_interval = settings.eval_interval_is_auto ? Count() : Count(settings.eval_interval);
  figures.eval_protocols = static_cast<std::int64_t>(config.evaluation.eval_protocols.size());
  figures.early_stop_patience = config.evaluation.early_stop_patience;
  figures.images = static_cast<std::int64_t>(dataset.size());
  if (config.run.max_iter || config.run.max_epochs) {
    figures.steps = settings.last_step;
    figures.epochs =
        static_cast<double>(settings.last_step * settings.samples_per_step) / static_cast<double>(dataset.size());
  }
  const ImageLayout largest = sizes_of(dataset).largest;
  if (largest.height > 0) figures.image_pixels = largest.height * largest.width;
}

void add_speed(const Measured& measured, std::int64_t samples_per_step, Figures& figures) {
  const auto& [before, after, step_seconds] = measured;
  const double steps = static_cast<double>(step_seconds.size()), seconds = after.seconds - before.seconds;
  const double images = steps * static_cast<double>(samples_per_step);
  const PhaseSeconds phases = after.phases - before.phases;
  figures.run_rate = images / seconds;
  for (std::size_t i = 0; i < kNumPhases; ++i) figures.phases[i] = phases.share(static_cast<Phase>(i));
  const double computing = phases.total() - phases[Phase::data_wait];
  if (computing > 0) figures.step_rate = images / computing;
  const double made = static_cast<double>(after.loader.samples - before.loader.samples);
  for (std::size_t i = 0; made > 0 && i < kLoaderStageNames.size(); ++i)
    figures.stages[i] = 1000 * (after.loader.seconds[i] - before.loader.seconds[i]) / made;
  figures.processor_wait_share = wait_share(before.load, after.load);
  figures.busy_elsewhere = busy_elsewhere(before.load, after.load, seconds);
  figures.page_faults_per_step = static_cast<double>(after.page_faults - before.page_faults) / steps;
  figures.disk_faults_per_step = static_cast<double>(after.load.disk_faults - before.load.disk_faults) / steps;
  figures.reads_back_per_step = static_cast<double>(after.reads_back - before.reads_back) / steps;
  figures.swapped_bytes = after.load.swapped_bytes;
}

}  // namespace

Json bench_run(const Config& config, const RunBench& bench, Console& console) {
  const std::unique_ptr<Dataset> dataset = open_dataset(config.dataset, Split::train);
  RunSettings settings = resolve_settings(config, *dataset);
  const std::int64_t budget = memory_budget(config.memory);
  Forecast expected = fitted_steps(config, *dataset, budget, settings, console);
  const LoaderOptions options = loader_options(config, *dataset, settings);
  const CacheChoice choice = choose_bench_cache(config, *dataset, options);
  if (choice.tier == CacheTier::ram) expected.cache_bytes = choice.expected_bytes;
  const ArenaCap cap(tensor_cap(config.memory, expected, budget));
  set_up_torch(config, settings.shares.threads);
  Figures figures;
  figures.usable_memory_bytes = budget;
  figures.memory_forecast_bytes = expected.memory_bytes();
  add_settings(config, settings, *dataset, figures);

  SampleCache cache(choice, console, progress_until_stopped(console, "tidying the cache"));
  const double made = seconds_now();
  ShortRun run(config, settings, cache.attach(*dataset, keeps_distances(config)), console);
  run.start(1);
  run.load(1);
  figures.first_batch_seconds = seconds_now() - made;
  run.start(1);
  double seconds_of_one = 0;
  for (std::int64_t i = 0; i < std::max<std::int64_t>(bench.length.warmup, 1); ++i) {
    const double began = run.moment().seconds;
    run.step();
    seconds_of_one = run.moment().seconds - began;
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
  const Measured measured = measure(run, steps, line);

  figures.cache = choice.tier == CacheTier::off ? "off" : choice.tier == CacheTier::ram ? "ram" : "disk";
  figures.micro_batches = run.trained().step.micro_batches();
  figures.asked_micro_batches = config.step.gradient_accumulation_steps;
  figures.images_of_micro_batch = settings.samples_per_step / *figures.micro_batches;
  figures.memory_peak_bytes = peak_resident_bytes();
  add_speed(measured, settings.samples_per_step, figures);
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
