// SPDX-License-Identifier: Apache-2.0
// Learning-rate schedules as values with a pure function.
//
// Steps count from 1. Thread-safe (immutable).
#pragma once
#include <cmath>
#include <cstdint>

namespace seg {

// Exponential warm-up from a tenth of the rate, then polynomial decay. With t = step - 1:
//   t < warmup:  rate * 0.1^(1 - t / warmup)
//   else:        rate * (1 - (t - warmup) / (last - warmup))^0.9
// Source of the formula: the BiSeNet trainer's WarmupPolyLrScheduler ('exp' warm-up, ratio 0.1, power 0.9).
struct WarmupPolySchedule {
  double rate = 0.01;
  std::int64_t warmup_steps = 1000;
  std::int64_t last_step = 80000;

  double at(std::int64_t step) const noexcept {
    const double t = static_cast<double>(step - 1);
    const double warmup = static_cast<double>(warmup_steps);
    if (t < warmup) return rate * std::pow(0.1, 1 - t / warmup);
    const double length = static_cast<double>(last_step - warmup_steps);
    return length <= 0 ? rate : rate * std::pow(std::fmax(0.0, 1 - (t - warmup) / length), 0.9);
  }
};

}  // namespace seg
