// SPDX-License-Identifier: Apache-2.0
// Figures of a run in which there is nothing to find fault with, and what the rules say of others. Tests of rules stand
// in seg::testing, where these names are at hand.
#pragma once
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "doctor/figures.h"
#include "doctor/rules.h"
#include "tests/support/environment.h"
#include "tests/support/problem_of.h"

namespace seg::testing {

inline constexpr std::int64_t kGigabyte = 1'000'000'000;

// Eight processors: seven compute 30 images/s, and one loads up to 50.
inline Figures healthy_figures() {
  Figures f{.processors = 8,
            .online_processors = 8,
            .busy_elsewhere = 0.1,
            .computes_on_cpu = true,
            .half_precision = "bf16",
            .usable_memory_bytes = 32 * kGigabyte,
            .threads = 7,
            .workers = 1,
            .images_of_micro_batch = 8,
            .micro_batches = 1,
            .asked_micro_batches = 1,
            .prefetch_steps = 2,
            .cache = "off",
            .precision = "bf16",
            .distance_map = "off",
            .deterministic = false,
            .crop_pixels = 512 * 512,
            .steps = 10000,
            .eval_interval = 1000,
            .eval_protocols = 1,
            .early_stop_patience = 0,
            .epochs = 100,
            .run_rate = 29.5,
            .loader_rate = 50,
            .step_rate = 30,
            .loader_workers = 1,
            .processor_wait_share = 0.01,
            .page_faults_per_step = 10,
            .disk_faults_per_step = 0,
            .reads_back_per_step = 0,
            .memory_forecast_bytes = 4 * kGigabyte,
            .memory_peak_bytes = 4 * kGigabyte,
            .swapped_bytes = 0,
            .images = 800,
            .image_pixels = 720 * 960,
            .file_bytes = 700'000'000,
            .decoded_bytes = 2 * kGigabyte,
            .cold_bytes_per_second = 500e6,
            .cold_samples_per_second = 570,
            .evaluation_seconds = 12,
            .evaluations_without_progress = 1,
            .skipped_steps_share = 0};
  f.phases = {0.005, 0, 0.34, 0.05, 0.56, 0.03, 0.001, 0, 0, 0.014};
  f.stages = {0.5, 12, 2, 3, 2.5, std::nullopt, std::nullopt};
  return f;
}

// Of a run whose loader has one core of eight beside a step that could take three times as much.
inline Figures starved_figures() {
  Figures f = healthy_figures();
  f.run_rate = 20;
  f.loader_rate = 20;
  f.step_rate = 60;
  f.stages = {0.5, 35, 8, 4, 2.5, std::nullopt, std::nullopt};
  f.phases = {0.66, 0, 0.11, 0.02, 0.19, 0.01, 0.001, 0, 0, 0.009};
  return f;
}

inline std::optional<Finding> found(const Figures& figures, const std::string& rule) {
  const std::vector<Finding> findings = findings_of(figures);
  const Finding* const finding = finding_of(findings, rule);
  return finding == nullptr ? std::nullopt : std::optional(*finding);
}

// Of a case of doctor-cases, as it was recorded.
inline Figures recorded_figures(const std::string& name) {
  const auto file = source_folder() / "tests/doctor/figures" / (name + ".json");
  return figures_from(nlohmann::json::parse(read_text(file)).at("figures"));
}

inline void set(Figures& figures, LoaderStage stage, double milliseconds) {
  figures.stages[static_cast<std::size_t>(stage)] = milliseconds;
}
inline void set(Figures& figures, Phase phase, double share) {
  figures.phases[static_cast<std::size_t>(phase)] = share;
}

}  // namespace seg::testing
