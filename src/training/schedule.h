// SPDX-License-Identifier: Apache-2.0
// Learning-rate schedules as values with a pure function.
//
// Steps count from 1; t = step - 1 counts those that are done. The rate rises from a tenth (t < warmup):
//
//   rate * 0.1^(1 - t / warmup)
//
// and then falls. With x = (t - warmup) / (last - warmup), from 0 to 1:
//
//   poly         rate * (1 - x)^0.9
//   cosine       rate * (1 + cos(pi * x)) / 2
//   step         rate * gamma^(number of milestones reached: t >= milestone * last)
//   exponential  rate * gamma^x
//
// Warm-up and poly are the BiSeNet trainer's WarmupPolyLrScheduler ('exp' warm-up, ratio 0.1, power 0.9). The others
// are stretched over the run, so that another max_iter keeps their shape. Thread-safe (immutable).
#pragma once
#include <cstdint>
#include <vector>

namespace seg {

enum class RateDecay { poly, cosine, step, exponential };

struct RateSchedule {
  double rate = 0.01;
  std::int64_t warmup_steps = 1000;
  std::int64_t last_step = 80000;
  RateDecay decay = RateDecay::poly;
  double gamma = 0.1;                   // of step: at each milestone; of exponential: over the whole fall
  std::vector<double> milestones = {};  // of step: shares of the run, 0 to 1

  double at(std::int64_t step) const noexcept;
};

}  // namespace seg
