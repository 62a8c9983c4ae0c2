// SPDX-License-Identifier: Apache-2.0
#include "training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace seg {
namespace {

constexpr double kFirstShare = 0.1;  // of the rate, where the warm-up begins
constexpr double kPolyPower = 0.9;

}  // namespace

double RateSchedule::at(std::int64_t step) const noexcept {
  const std::int64_t done = step - 1;
  const auto warmup = static_cast<double>(warmup_steps);
  if (done < warmup_steps) return rate * std::pow(kFirstShare, 1 - static_cast<double>(done) / warmup);
  const auto length = static_cast<double>(last_step - warmup_steps);
  const double x = length <= 0 ? 0.0 : std::min(1.0, (static_cast<double>(done) - warmup) / length);
  switch (decay) {
    case RateDecay::poly: return rate * std::pow(1 - x, kPolyPower);
    case RateDecay::cosine: return rate * (1 + std::cos(std::numbers::pi * x)) / 2;
    case RateDecay::step: {
      const auto reached = std::ranges::count_if(milestones, [&](double milestone) {
        return done >= std::llround(milestone * static_cast<double>(last_step));
      });
      return rate * std::pow(gamma, static_cast<double>(reached));
    }
    case RateDecay::exponential: return rate * std::pow(gamma, x);
  }
  return rate;
}

}  // namespace seg
