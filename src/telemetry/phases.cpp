// SPDX-License-Identifier: Apache-2.0
#include "telemetry/phases.h"

#include <numeric>

#include "base/clock.h"

namespace seg {

double PhaseSeconds::total() const noexcept { return std::accumulate(seconds.begin(), seconds.end(), 0.0); }

double PhaseSeconds::share(Phase phase) const noexcept {
  const double whole = total();
  return whole > 0 ? (*this)[phase] / whole : 0;
}

PhaseSeconds operator-(const PhaseSeconds& later, const PhaseSeconds& earlier) noexcept {
  PhaseSeconds difference;
  for (std::size_t i = 0; i < kNumPhases; ++i) difference.seconds[i] = later.seconds[i] - earlier.seconds[i];
  return difference;
}

PhaseTimer::PhaseTimer() noexcept : since_(seconds_now()) {}

Phase PhaseTimer::switch_to(Phase phase) noexcept {
  const double now = seconds_now();
  sums_[current_] += now - since_;
  if (listener_ != nullptr) listener_->phase_ended(current_, since_, now);
  since_ = now;
  ++num_switches_;
  return std::exchange(current_, phase);
}

PhaseSeconds PhaseTimer::snapshot() noexcept {
  switch_to(current_);
  return sums_;
}

}  // namespace seg
