// SPDX-License-Identifier: Apache-2.0
#include "doctor/examination.h"

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>

#include "dataset/disk_speed.h"
#include "doctor/micro_batch.h"
#include "loader/decoding_cost.h"

namespace seg {
namespace {

using Json = nlohmann::json;

constexpr double kCalm = 1.25;  // a slow step of a calm run is so many times as long as a fast one, at most

Amount rate_of(const std::optional<Json>& json) {
  if (!json || !json->contains("images_per_second")) return std::nullopt;
  return json->at("images_per_second").get<double>();
}

// Of a run, how many times as long as a fast step a slow one takes; 1 where that is not told.
double unevenness(const Json& run) {
  const Json spread = run.value("seconds_per_step", Json::object());
  const double fast = spread.value("p10", 0.0), slow = spread.value("p90", 0.0);
  return fast > 0 ? slow / fast : 1;
}

// What a run with a change takes alone; the run is kept for trials.
Amount step_rate_of_run(const AskBench& bench, const Change& change, Examination& examination) {
  const auto figures = run_figures(bench({.part = "run", .change = change}));
  if (!figures) return std::nullopt;
  examination.runs.push_back({change, *figures});
  return figures->step_rate;
}

std::optional<Json> calm_run(const AskBench& bench) {
  auto run = bench({.part = "run", .evaluates = true});
  if (!run || unevenness(*run) <= kCalm) return run;
  auto again = bench({.part = "run", .may_be_left_out = true});
  if (!again || !again->contains("figures") || unevenness(*again) >= unevenness(*run)) return run;
  if (run->contains("figures"))
    if (const Json seconds = run->at("figures").value("evaluation_seconds", Json()); !seconds.is_null())
      again->at("figures")["evaluation_seconds"] = seconds;
  return again;
}

}  // namespace

std::optional<Figures> run_figures(const std::optional<Json>& json) {
  if (!json || !json->contains("figures")) return std::nullopt;
  return figures_from(json->at("figures"));
}

std::optional<Examination> examine(const AskBench& bench) {
  const std::optional<Figures> run = run_figures(calm_run(bench));
  if (!run) return std::nullopt;
  Examination examination{.figures = *run, .runs = {{{}, *run}}};
  Figures& figures = examination.figures;
  if (const auto loader = bench({.part = "loader", .may_be_left_out = true})) {
    figures.loader_rate = rate_of(loader);
    if (loader->contains("workers")) figures.loader_workers = loader->at("workers").get<std::int64_t>();
  }
  // Without workers the step is alone in a run, too, and the run has measured it.
  const bool has_workers = figures.workers.value_or(0) > 0;
  const Amount alone = has_workers ? rate_of(bench({.part = "step", .may_be_left_out = true})) : std::nullopt;
  if (alone) figures.step_rate = alone;
  const auto step_rate = [&](const Change& change) {
    return alone ? rate_of(bench({.part = "step", .change = change})) : step_rate_of_run(bench, change, examination);
  };
  const std::string half = figures.half_precision.value_or("none");
  if (figures.precision.value_or("") == "fp32" && half != "none")
    figures.half_step_rate = step_rate({{"precision", half}});
  if (figures.deterministic.value_or(false) && !figures.computes_on_cpu.value_or(true))
    figures.free_kernels_step_rate = step_rate({{"deterministic", "false"}, {"cudnn_deterministic", "false"}});
  if (const auto larger = larger_micro_batch(figures)) figures.larger_batch_step_rate = step_rate(larger->change);
  return examination;
}

void add_data(const Dataset& dataset, Figures& figures) {
  const DecodingCost cost = measure_decoding(dataset);
  if (cost.bytes > 0) figures.decoded_bytes = cost.bytes;
  const auto workers = static_cast<int>(std::max<std::int64_t>(1, figures.workers.value_or(1)));
  const DiskSpeed disk = measure_disk(dataset, workers);
  if (disk.num_samples == 0) return;
  figures.file_bytes = disk.bytes_of_all;
  figures.cold_bytes_per_second = disk.bytes_per_second;
  figures.cold_samples_per_second = disk.samples_per_second;
}

}  // namespace seg
