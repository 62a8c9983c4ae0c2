// SPDX-License-Identifier: Apache-2.0
// The rate at which a loader and a step run together, from what each costs alone.
//
// Workers and compute threads are threads of one machine: on a CPU both take of the same processors. Where all of them
// have a processor of their own the slower part sets the pace; without workers the two take turns; where there are more
// threads than processors, work is shared out as if processors were perfectly divisible. Compute threads are taken to
// share their work perfectly, which flatters many and is unkind to few. Pure functions.
#pragma once
#include <cstdint>
#include <optional>

#include "doctor/figures.h"

namespace seg {

inline constexpr double kWorthAWord = 1.03;  // less of a gain is not

struct RunCosts {
  double loading = 0;    // seconds of one core for each image
  double computing = 0;  // seconds for each image, with `threads`
  std::int64_t threads = 1, workers = 0;
  std::int64_t processors = 1;
  bool computes_on_cpu = true;
};

// Nothing unless both parts were measured, and the settings are known.
std::optional<RunCosts> costs_of(const Figures& figures);

double predicted_rate(const RunCosts& costs);
double predicted_wait(const RunCosts& costs);  // share of the time in which the step waits for data

// The same step on another number of compute threads.
RunCosts with_threads(RunCosts costs, std::int64_t threads);

// The division of the processors that gives most; of equals the one with fewer workers, and what is there if nothing is
// better by more than a hundredth. At most 16 workers beside a GPU.
RunCosts best_division(const RunCosts& costs);

// Without a part of the loader's work, which is not more than all of it.
RunCosts with_less_loading(RunCosts costs, double milliseconds);

// How many times as fast: > 1 is faster.
double gain(const RunCosts& now, const RunCosts& then);

// Of a run whose loader needs so much less for each image. Nothing if that is not known or not worth a word.
std::optional<double> gain_of_less_loading(const Figures& figures, double milliseconds);

// Amdahl: a part of the time that has this share becomes so many times as fast.
double gain_of_part(double share, double times_as_fast);

}  // namespace seg
