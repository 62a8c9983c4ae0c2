// SPDX-License-Identifier: Apache-2.0
// Tries what the rules propose, one change after the other and the most promising first, and keeps what helps.
//
// A trial is a short run with some keys changed, made by whoever calls. A change is measured by turns with what was
// best before it, so that a machine that grows slower or faster in between favours neither; it is kept if it is faster
// by more than these pairs differ and by two percent at least, and rolled back otherwise. What has changed is judged
// again before the next trial. Only changes that may be tried (finding.h) are; the others stay advice.
//
// A pair of which one run had more of the machine than the other is measured again, once; where pairs disagree there is
// one more, and the one farthest from the others does not count (speed_pairs.h).
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "doctor/figures.h"
#include "doctor/finding.h"
#include "doctor/speed_pairs.h"

namespace seg {

struct Trial {
  std::optional<Figures> figures{};  // nothing: it died, or there was no time for it
  bool had_time = true;
};
using RunTrial = std::function<Trial(const Change& change)>;

// A run that was made before the first trial.
struct KnownRun {
  Change change;
  Figures figures;
};

struct TuningLimits {
  double seconds = 60;               // for all trials, the last pair included
  double seconds_of_trial = 5;       // as far as is known before the first
  std::vector<KnownRun> known{};     // stand for a change's first pair where there is no time for two
  std::function<double()> now = {};  // a clock in seconds; by default the system's
};

struct Tuning {
  Figures before{}, after{};  // `after`: with all that was kept
  Change change{};            // all that was kept
  // What was tried, and what else holds of the config that is proposed: dangers first, and behind all others what a
  // trial did not bear out.
  std::vector<Finding> findings{};
  // Of the config as it was and as it is proposed; nothing if and only if nothing was kept. Where there was no time to
  // measure these two by turns, what the changes gained one on top of the other.
  std::optional<Comparison> total{};
  int num_trials = 0;
  bool had_time = true;  // for all that was worth a trial
};

Tuning tune(const Figures& measured, const RunTrial& trial, const TuningLimits& limits);

}  // namespace seg
