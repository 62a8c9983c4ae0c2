// SPDX-License-Identifier: Apache-2.0
#include "training/bench.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>

#include "base/clock.h"
#include "base/machine.h"
#include "base/random.h"
#include "base/text.h"
#include "base/version.h"
#include "engine/cuda.h"
#include "engine/device.h"
#include "engine/memory.h"
#include "loader/loader.h"
#include "loader/reader_memory.h"
#include "loader/thread_shares.h"
#include "telemetry/progress_line.h"
#include "training/boundary_settings.h"
#include "training/forecast.h"
#include "training/loading_choices.h"
#include "training/memory_fit.h"
#include "training/read_back.h"
#include "training/settings.h"
#include "training/step_trial.h"

namespace seg {
namespace {

using Json = nlohmann::json;

Json machine_of(const RunSettings& settings) {
  return machine_record(settings.device, settings.precision, settings.shares.threads);
}

constexpr std::int64_t kStepsOfGrowth = 10;

std::uint64_t hash_of_batch(const BatchView& batch) {
  const auto text = [](std::span<const std::byte> bytes) { return reinterpret_cast<const char*>(bytes.data()); };
  std::uint64_t hash = 0;
  for (const auto bytes :
       {batch.images(), std::as_bytes(batch.labels()), std::as_bytes(batch.distances()), std::as_bytes(batch.points())})
    if (!bytes.empty()) hash ^= hash_of(text(bytes), bytes.size());
  return hash;
}

// What was measured while a step was run again and again.
struct StepFigures {
  std::vector<double> seconds;  // of each counted step
  PhaseSeconds phases;          // over all of them
  std::int64_t memory_growth = 0;
  ReadBacks reads_back;  // likewise
  double page_faults_a_step = 0, switches_a_step = 0;
  std::optional<double> device_seconds_a_step{};
};

// Of the timer of the phases, from one phase to another.
double seconds_of_switch() {
  constexpr int kCount = 20'000;
  PhaseTimer timer;
  const double start = seconds_now();
  for (int i = 0; i < kCount; ++i) (void)timer.switch_to(i % 2 == 0 ? Phase::forward : Phase::backward);
  return (seconds_now() - start) / kCount;
}

// A rate of 0 leaves the weights alone, so the second step must repeat the first; unless sums may be added up in any
// order, as a GPU does if it may. Returns its loss.
double check_repeats(StepTrial& trial, const BatchView& batch, bool is_exact) {
  trial.run(batch, 0);
  const double first_loss = trial.read_loss();
  trial.run(batch, 0);
  const double allowed = is_exact ? 0 : 0.01 * std::abs(first_loss);
  if (!(std::abs(trial.read_loss() - first_loss) <= allowed))
    throw std::runtime_error("the same step twice gave two different losses");
  return first_loss;
}

// Of the device that computes: the most so far, and what is in use now. On a CPU all that the process has counts.
std::int64_t peak_bytes_on(c10::Device device) {
  return device.is_cuda() ? cuda_memory(device).peak_in_use : peak_resident_bytes();
}
std::int64_t bytes_on(c10::Device device) { return device.is_cuda() ? cuda_memory(device).in_use : resident_bytes(); }

StepFigures measure_steps(StepTrial& trial, const BatchView& batch, double rate, const BenchLength& length,
                          const std::function<std::int64_t()>& growth, Console& console) {
  StepFigures figures;
  PhaseSeconds phases_before;
  ReadBacks reads_before;
  std::int64_t faults_before = 0, switches_before = 0;
  ProgressLine line(console, "steps", static_cast<std::size_t>(length.warmup + length.steps));
  for (std::int64_t i = 0; i < length.warmup + length.steps; ++i) {
    if (i == length.warmup) {
      phases_before = trial.phases();
      faults_before = minor_page_faults();
      reads_before = read_backs();
      switches_before = trial.num_phase_switches();
      (void)trial.take_device_seconds();
    }
    const double start = seconds_now();
    trial.run(batch, rate);
    if (i >= length.warmup) figures.seconds.push_back(seconds_now() - start);
    // After ten steps with the two that were compared, or all if there are fewer.
    if (i < kStepsOfGrowth - 2) figures.memory_growth = growth();
    line.show(static_cast<std::size_t>(i + 1));
  }
  const double steps = static_cast<double>(length.steps);
  figures.page_faults_a_step = static_cast<double>(minor_page_faults() - faults_before) / steps;
  figures.reads_back = difference(read_backs(), reads_before);
  figures.switches_a_step = static_cast<double>(trial.num_phase_switches() - switches_before) / steps;
  figures.phases = trial.phases() - phases_before;
  if (const auto seconds = trial.take_device_seconds()) figures.device_seconds_a_step = *seconds / steps;
  return figures;
}

// What the loader takes by itself while it fills a cache.
std::int64_t bytes_of_loader(const Dataset& dataset, const LoaderOptions& options) {
  return Loader::memory_bytes(options, dataset.traits()) +
         training_reader_bytes(sizes_of(dataset), options, {.num_workers = options.num_workers, .fills_cache = true});
}

// Of each batch, as long as the length says.
std::vector<double> time_batches(Loader& loader, const BenchLength& length, Console& console) {
  std::vector<double> seconds;
  const double began = seconds_now();
  double last = began;
  ProgressLine line(console, "batches", length.seconds > 0 ? 0 : static_cast<std::size_t>(length.steps));
  while (static_cast<std::int64_t>(seconds.size()) < length.steps || last - began < length.seconds) {
    (void)loader.next();
    const double now = seconds_now();
    seconds.push_back(now - last);
    last = now;
    line.show(seconds.size());
  }
  return seconds;
}

}  // namespace

Json machine_record(const DeviceChoice& device, const PrecisionChoice& precision, int threads) {
  return {{"cpu", cpu_name()},
          {"processors", usable_processors()},
          {"threads", threads},
          {"device", device.name},
          {"precision", precision.name},
          {"version", std::string(version())},
          {"commit", std::string(commit())},
          {"torch", torch_version()}};
}

Spread spread_of(std::vector<double> values) {
  std::ranges::sort(values);
  const auto rank = [&](double share) {
    return values[static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
  };
  return {.median = rank(0.5), .p10 = rank(0.1), .p90 = rank(0.9)};
}

Json to_json(const Spread& spread) { return {{"median", spread.median}, {"p10", spread.p10}, {"p90", spread.p90}}; }

Json bench_step(const Config& config, const BenchLength& length, Console& console) {
  const std::unique_ptr<Dataset> dataset = open_dataset(config.dataset, Split::train);
  RunSettings settings = resolve_settings(config, *dataset);
  if (config.memory.auto_batch) console.info("auto_batch is for train; here ims_per_gpu stands");
  const std::int64_t budget = memory_budget(config.memory);
  const Forecast expected = fitted_steps(config, *dataset, budget, settings, console);
  const ArenaCap cap(tensor_cap(expected, budget, left_of_memory_limit(config.memory)));
  set_up_torch(config, settings.shares.threads);
  Loader loader(*dataset, loader_options(config, *dataset, settings),
                batch_memory(settings.device.device, config.loader.pin_memory), console);
  loader.start(1);
  const HostBatch batch = loader.next();

  const c10::Device device = settings.device.device;
  const std::int64_t bytes_before = bytes_on(device);
  StepTrial trial(config, settings, "the benchmark", &console);
  const double first_loss = check_repeats(trial, batch, device.is_cpu() || config.run.deterministic);
  const StepFigures figures = measure_steps(
      trial, batch, config.step.lr_start, length, [&] { return peak_bytes_on(device) - bytes_before; }, console);

  Json milliseconds = Json::object();
  for (const Phase phase : {Phase::transfer, Phase::forward, Phase::loss, Phase::backward, Phase::optimizer})
    milliseconds[std::string(kPhaseNames[static_cast<std::size_t>(phase)])] =
        1000 * figures.phases[phase] / static_cast<double>(length.steps);
  const Spread spread = spread_of(figures.seconds);
  return {{"images_per_second", static_cast<double>(batch.count()) / spread.median},
          {"seconds_per_step", to_json(spread)},
          {"gpu_seconds_per_step", figures.device_seconds_a_step ? Json(*figures.device_seconds_a_step) : Json()},
          {"milliseconds", milliseconds},
          {"micro_batches", trial.micro_batches()},
          {"peak_bytes", trial.peak_slot_bytes()},
          {"memory_growth_bytes", figures.memory_growth},
          {"memory_forecast_bytes", training_bytes(config, settings)},
          {"page_faults_per_step", figures.page_faults_a_step},
          {"reads_back_per_step", static_cast<double>(total(figures.reads_back)) / static_cast<double>(length.steps)},
          {"reads_back", figures.reads_back},
          {"timing",
           {{"switches_per_step", figures.switches_a_step},
            {"share", figures.switches_a_step * seconds_of_switch() / spread.median}}},
          {"first_loss", first_loss},
          {"batch", {batch.count(), batch.layout().channels, batch.layout().height, batch.layout().width}},
          {"steps", length.steps},
          {"machine", machine_of(settings)}};
}

Json bench_loader(const Config& config, const BenchLength& length, std::int64_t (*count_allocations)() noexcept,
                  Console& console) {
  const std::unique_ptr<Dataset> dataset = open_dataset(config.dataset, Split::train);
  RunSettings settings = resolve_settings(config, *dataset);
  settings.shares = share_processors({.usable_processors = usable_processors(),
                                      .computes_on_cpu = false,  // nobody computes here
                                      .num_workers = config.loader.num_workers});
  const DecodingCost cost = measure_training_samples(config, settings, *dataset);
  (void)settle_prefetch(config, *dataset, cost, memory_budget(config.memory), settings);
  const LoaderOptions options = loader_options(config, *dataset, settings);
  const CacheChoice choice =
      choose_cache_in({.usable_memory = memory_budget(config.memory), .memory = bytes_of_loader(*dataset, options)},
                      config, *dataset, kWithoutEnd, cost);
  SampleCache cache(choice, console, progress_until_stopped(console, "tidying the cache"));
  const double made = seconds_now();
  Loader loader(cache.attach(*dataset, keeps_distances(config)), options, host_memory(), console);
  loader.start(1);
  const std::uint64_t first = hash_of_batch(loader.next());
  const double first_batch = seconds_now() - made;
  loader.start(1);
  if (hash_of_batch(loader.next()) != first) throw std::runtime_error("the same batch twice was not the same");
  std::int64_t warmup = length.warmup;
  if (config.loader.cache != "off")
    warmup = std::max(warmup, static_cast<std::int64_t>(dataset->size()) / settings.samples_per_step + 1);
  for (std::int64_t i = 0; i < warmup; ++i) (void)loader.next();

  const LoaderStatistics before = loader.statistics();
  const std::int64_t allocations_before = count_allocations();
  const std::vector<double> seconds = time_batches(loader, length, console);
  const std::int64_t allocations = count_allocations() - allocations_before;
  const LoaderStatistics after = loader.statistics();

  const double total = std::accumulate(seconds.begin(), seconds.end(), 0.0);
  const auto batches = static_cast<std::int64_t>(seconds.size());
  const double samples = std::max(1.0, static_cast<double>(after.samples - before.samples));
  Json milliseconds = Json::object();
  for (std::size_t i = 0; i < kLoaderStageNames.size(); ++i)
    milliseconds[std::string(kLoaderStageNames[i])] = 1000 * (after.seconds[i] - before.seconds[i]) / samples;
  return {{"images_per_second", static_cast<double>(batches * settings.samples_per_step) / total},
          {"first_batch_seconds", first_batch},
          {"seconds_per_batch", to_json(spread_of(seconds))},
          {"milliseconds", milliseconds},
          {"workers", settings.shares.num_workers},
          {"allocations_per_sample", static_cast<double>(allocations) / samples},
          {"ring_bytes", loader.memory_bytes()},
          {"cache", {{"value", choice.value}, {"kept", cache.content().kept}, {"bytes", cache.content().bytes}}},
          {"batches", batches},
          {"machine", machine_of(settings)}};
}

}  // namespace seg
