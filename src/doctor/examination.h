// SPDX-License-Identifier: Apache-2.0
// All figures of a config on this machine: loader and step together and each alone, what the data are like, and what
// the rules would have to know of changes that only a measurement can judge.
//
// Each measurement is a benchmark that the caller makes (`segtrain bench PART …`, in a process of its own). One that
// fails, or for which there is no time, leaves its figures unknown.
#pragma once
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "dataset/dataset.h"
#include "doctor/figures.h"
#include "doctor/finding.h"
#include "doctor/tuning.h"

namespace seg {

struct BenchRequest {
  std::string part;  // "run", "loader", "step"
  Change change{};   // of the config
  bool evaluates = false;
  bool may_be_left_out = false;  // where its time is needed for trials
};
using AskBench = std::function<std::optional<nlohmann::json>(const BenchRequest&)>;  // its JSON; nothing: it has none

struct Examination {
  Figures figures;
  std::vector<KnownRun> runs{};  // that were made for it, one after the other
};

// Nothing if not even both together could be measured. A run whose steps differ much is measured again, and the calmer
// one counts.
std::optional<Examination> examine(const AskBench& bench);

// Adds what is measured of the training data: what they take decoded, and how fast they come from their disk.
void add_data(const Dataset& dataset, Figures& figures);

// Of a `bench run`.
std::optional<Figures> run_figures(const std::optional<nlohmann::json>& json);

}  // namespace seg
