// SPDX-License-Identifier: Apache-2.0
// Tries what the rules propose, one change after the other and the most promising first, and keeps what helps.
//
// A trial is a short run with some keys changed, made by whoever calls. A change is measured by turns with what was
// best before it, so that a machine that grows slower or faster in between favours neither; it is kept if it is faster
// by more than these pairs differ and by two percent at least, and rolled back otherwise. What has changed is judged
// again before the next trial. Only changes that may be tried (finding.h) are; the others stay advice.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "doctor/figures.h"
#include "doctor/finding.h"

namespace seg {

// What a short run with these changes gave; nothing if it died.
using RunTrial = std::function<std::optional<Figures>(const Change& change)>;

struct TuningLimits {
  double seconds = 60;               // for all trials, the last pair included
  double seconds_of_trial = 5;       // as far as is known before the first
  std::function<double()> now = {};  // a clock in seconds; by default the system's
};

// Of what was measured by turns.
struct Comparison {
  double before = 0, after = 0;  // images per second, means
  double speedup = 1;
  std::optional<double> spread{};  // half of the range of the pairs' speed-ups, as a share; nothing: one pair
};

struct Tuning {
  Figures before{}, after{};          // `after`: with all that was kept
  Change change{};                    // all that was kept
  std::vector<Finding> findings{};    // of both, tried or not, in the order of findings_of()
  std::optional<Comparison> total{};  // of the config as it was and as it is proposed; nothing if nothing was kept
  int num_trials = 0;
  bool had_time = true;  // for all that was worth a trial
};

Tuning tune(const Figures& measured, const RunTrial& trial, const TuningLimits& limits);

}  // namespace seg
