// SPDX-License-Identifier: Apache-2.0
#include "doctor/examination.h"

#include <algorithm>
#include <array>
#include <exception>
#include <nlohmann/json.hpp>

#include "dataset/disk_speed.h"
#include "loader/decoding_cost.h"

namespace seg {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kFewImages = 8;  // of a micro-batch that may be too small

Amount rate_of(const std::optional<Json>& json) {
  if (!json || !json->contains("images_per_second")) return std::nullopt;
  return json->at("images_per_second").get<double>();
}

// The next larger micro-batch: twice as many images, of the same effective batch where that can be.
Change larger_micro_batch(const Figures& figures, std::int64_t& images) {
  images = 2 * *figures.images_of_micro_batch;
  const std::int64_t samples = figures.samples_per_step();
  const bool keeps_batch = samples % images == 0;
  return {{"ims_per_gpu", std::to_string(images)},
          {"gradient_accumulation_steps", std::to_string(keeps_batch ? samples / images : 1)}};
}

}  // namespace

std::optional<Figures> run_figures(const std::optional<Json>& json) {
  if (!json || !json->contains("figures")) return std::nullopt;
  return figures_from(json->at("figures"));
}

std::optional<Figures> examine(const AskBench& bench) {
  std::optional<Figures> figures = run_figures(bench({.part = "run", .evaluates = true}));
  if (!figures) return std::nullopt;
  if (const auto loader = bench({.part = "loader"})) {
    figures->loader_rate = rate_of(loader);
    if (loader->contains("workers")) figures->loader_workers = loader->at("workers").get<std::int64_t>();
  }
  // Without workers the step is alone in a run, too, and the run has measured it.
  const bool is_alone = figures->workers.value_or(0) == 0;
  const auto step_rate = [&](const Change& change) -> Amount {
    if (!is_alone) return rate_of(bench({.part = "step", .change = change}));
    const auto run = run_figures(bench({.part = "run", .change = change}));
    return run ? run->step_rate : std::nullopt;
  };
  if (!is_alone)
    if (const Amount rate = step_rate({})) figures->step_rate = rate;
  const std::string half = figures->half_precision.value_or("none");
  if (figures->precision.value_or("") == "fp32" && half != "none")
    figures->half_step_rate = step_rate({{"precision", half}});
  if (figures->deterministic.value_or(false) && !figures->computes_on_cpu.value_or(true))
    figures->free_kernels_step_rate = step_rate({{"deterministic", "false"}, {"cudnn_deterministic", "false"}});
  if (figures->images_of_micro_batch.value_or(kFewImages) < kFewImages) {
    std::int64_t images = 0;
    const Change change = larger_micro_batch(*figures, images);
    figures->larger_batch_step_rate = step_rate(change);
    figures->larger_micro_batch = images;
  }
  return figures;
}

void add_data(const Dataset& dataset, Figures& figures) {
  const std::array datasets = {&dataset};
  const DecodingCost cost = measure_decoding(datasets);
  if (cost.bytes > 0) figures.decoded_bytes = cost.bytes;
  const auto workers = static_cast<int>(std::max<std::int64_t>(1, figures.workers.value_or(1)));
  const DiskSpeed disk = measure_disk(dataset, workers);
  if (disk.num_samples == 0) return;
  figures.file_bytes = disk.bytes_of_all;
  figures.cold_bytes_per_second = disk.bytes_per_second;
  figures.cold_samples_per_second = disk.samples_per_second;
}

}  // namespace seg
