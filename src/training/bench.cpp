// SPDX-License-Identifier: Apache-2.0
#include "training/bench.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>

#include "base/clock.h"
#include "base/machine.h"
#include "base/random.h"
#include "base/text.h"
#include "base/version.h"
#include "engine/device.h"
#include "loader/loader.h"
#include "loader/thread_shares.h"
#include "training/loss_meter.h"
#include "training/read_back.h"
#include "training/settings.h"
#include "training/step.h"
#include "training/step_settings.h"

namespace seg {
namespace {

using Json = nlohmann::json;

// What everybody who compares figures needs to know of the machine.
Json machine_record(const RunSettings& settings) {
  return {{"cpu", cpu_name()},
          {"processors", usable_processors()},
          {"threads", settings.shares.threads},
          {"device", settings.device.name},
          {"precision", settings.precision.name},
          {"version", std::string(version())},
          {"commit", std::string(commit())},
          {"torch", torch_version()}};
}

Json spread_record(const Spread& spread) {
  return {{"median", spread.median}, {"p10", spread.p10}, {"p90", spread.p90}};
}

std::uint64_t hash_of_batch(const BatchView& batch) {
  const auto text = [](std::span<const std::byte> bytes) { return reinterpret_cast<const char*>(bytes.data()); };
  const auto labels = std::as_bytes(batch.labels());
  return hash_of(text(batch.images()), batch.images().size()) ^ hash_of(text(labels), labels.size());
}

// A network in training, as the trainer has it.
class StepBench {
 public:
  StepBench(const Config& config, const RunSettings& settings, Console& console)
      : graph_(training_graph(config, settings)),
        parameters_(graph_, {.device = settings.device.device}),
        network_(graph_, parameters_, {.compute = settings.precision.compute, .phases = &phases, .log = &console}),
        optimizer_(make_optimizer(parameters_, optimizer_options(config.step))),
        average_(weight_average(config.step, graph_, parameters_)),
        collectives_(single_process()),
        step_(network_, parameters_, *optimizer_, *collectives_, phases, step_options(config), average_.get()) {
    parameters_.initialise(static_cast<std::uint64_t>(config.run.seed));
  }

  // The loss of a step that is made twice. A rate of 0 leaves the weights alone, so the second must repeat the first.
  double repeated_loss(const BatchView& batch) {
    run(batch, 0);
    const double loss = read_loss();
    run(batch, 0);
    if (read_loss() != loss) throw std::runtime_error("the same step twice gave two different losses");
    return loss;
  }
  void run(const BatchView& batch, double rate) { losses_.add(step_.run(batch, rate).losses); }
  std::int64_t peak_slot_bytes() const { return network_.peak_slot_bytes(); }

  PhaseTimer phases;

 private:
  double read_loss() {
    double total = 0;
    const LossMeter::Means means = losses_.read();
    for (std::size_t i = 0; i < means.size(); ++i) total += graph_.outputs[i].loss_weight * means[i].second;
    return total;
  }

  Graph graph_;
  ParameterStore parameters_;
  Network network_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<WeightAverage> average_;
  std::unique_ptr<Collectives> collectives_;
  TrainingStep step_;
  LossMeter losses_;
};

// What is counted while steps are made.
struct Counters {
  explicit Counters(PhaseTimer& timer) : phases(timer.snapshot()) {}
  PhaseSeconds phases;
  std::int64_t faults = minor_page_faults(), reads = num_read_backs();
};

}  // namespace

Spread spread_of(std::vector<double> values) {
  std::ranges::sort(values);
  const auto rank = [&](double share) {
    return values[static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
  };
  return {.median = rank(0.5), .p10 = rank(0.1), .p90 = rank(0.9)};
}

Json bench_step(const Config& config, const BenchLength& length, Console& console) {
  const std::unique_ptr<Dataset> dataset = open_dataset(config.dataset, Split::train);
  const RunSettings settings = resolve_settings(config, *dataset);
  set_compute_threads(settings.shares.threads);
  set_deterministic(config.run.deterministic);
  Loader loader(*dataset, loader_options(config, *dataset, settings), host_memory(), console);
  loader.start(1);
  const HostBatch batch = loader.next();

  const std::int64_t resident_before = resident_bytes();
  StepBench bench(config, settings, console);
  const double first_loss = bench.repeated_loss(batch);

  std::vector<double> seconds;
  std::int64_t growth = 0;
  Counters before(bench.phases);
  for (std::int64_t i = 0; i < length.warmup + length.steps; ++i) {
    if (i == length.warmup) before = Counters(bench.phases);
    const double start = seconds_now();
    bench.run(batch, config.step.lr_start);
    if (i >= length.warmup) seconds.push_back(seconds_now() - start);
    // After five steps, or all if there are fewer, with the two of the repeated loss.
    if (i <= 2) growth = peak_resident_bytes() - resident_before;
    console.progress("step " + std::to_string(i + 1) + "/" + std::to_string(length.warmup + length.steps));
  }
  const double steps = static_cast<double>(length.steps);
  const Counters after(bench.phases);
  const PhaseSeconds phases = after.phases - before.phases;
  console.progress("");

  Json milliseconds = Json::object();
  for (const Phase phase : {Phase::transfer, Phase::forward, Phase::loss, Phase::backward, Phase::optimizer})
    milliseconds[std::string(kPhaseNames[static_cast<std::size_t>(phase)])] = 1000 * phases[phase] / steps;
  const Spread spread = spread_of(seconds);
  return {{"images_per_second", static_cast<double>(batch.count()) / spread.median},
          {"seconds_per_step", spread_record(spread)},
          {"milliseconds", milliseconds},
          {"peak_bytes", bench.peak_slot_bytes()},
          {"memory_growth_bytes", growth},
          {"page_faults_per_step", static_cast<double>(after.faults - before.faults) / steps},
          {"reads_back_per_step", static_cast<double>(after.reads - before.reads) / steps},
          {"first_loss", first_loss},
          {"batch", {batch.count(), batch.layout().channels, batch.layout().height, batch.layout().width}},
          {"steps", length.steps},
          {"machine", machine_record(settings)}};
}

Json bench_loader(const Config& config, const BenchLength& length, std::int64_t (*count_allocations)() noexcept,
                  Console& console) {
  const std::unique_ptr<Dataset> dataset = open_dataset(config.dataset, Split::train);
  RunSettings settings = resolve_settings(config, *dataset);
  settings.shares = share_processors({.usable_processors = usable_processors(),
                                      .computes_on_cpu = false,  // nobody computes here
                                      .num_workers = config.loader.num_workers});
  Loader loader(*dataset, loader_options(config, *dataset, settings), host_memory(), console);
  loader.start(1);
  const std::uint64_t first = hash_of_batch(loader.next());
  loader.start(1);
  if (hash_of_batch(loader.next()) != first) throw std::runtime_error("the same batch twice was not the same");
  for (std::int64_t i = 0; i < length.warmup; ++i) (void)loader.next();

  const LoaderStatistics before = loader.statistics();
  const std::int64_t allocations_before = count_allocations();
  std::vector<double> seconds;
  for (std::int64_t i = 0; i < length.steps; ++i) {
    const double start = seconds_now();
    (void)loader.next();
    seconds.push_back(seconds_now() - start);
    console.progress("batch " + std::to_string(i + 1) + "/" + std::to_string(length.steps));
  }
  const std::int64_t allocations = count_allocations() - allocations_before;
  const LoaderStatistics after = loader.statistics();
  console.progress("");

  double total = 0;
  for (const double s : seconds) total += s;
  const double samples = std::max(1.0, static_cast<double>(after.samples - before.samples));
  Json milliseconds = Json::object();
  for (std::size_t i = 0; i < kLoaderStageNames.size(); ++i)
    milliseconds[std::string(kLoaderStageNames[i])] = 1000 * (after.seconds[i] - before.seconds[i]) / samples;
  return {{"images_per_second", static_cast<double>(length.steps * settings.samples_per_step) / total},
          {"seconds_per_batch", spread_record(spread_of(seconds))},
          {"milliseconds", milliseconds},
          {"workers", settings.shares.num_workers},
          {"allocations_per_sample", static_cast<double>(allocations) / samples},
          {"ring_bytes", loader.memory_bytes()},
          {"batches", length.steps},
          {"machine", machine_record(settings)}};
}

}  // namespace seg
