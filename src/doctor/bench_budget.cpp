// SPDX-License-Identifier: Apache-2.0
#include "doctor/bench_budget.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/clock.h"

namespace seg {
namespace {

using Json = nlohmann::json;

constexpr double kShareOfOne = 1.0 / 30;  // of the budget: what one measurement counts
constexpr double kShortest = 1, kLongest = 10;
constexpr double kStart = 1;        // of a process, with a network and a first batch
constexpr double kStepsOfStep = 4;  // that `bench step` runs: two are compared, two are counted
constexpr double kKeptForTrials = 0.5;

}  // namespace

BenchBudget::BenchBudget(double seconds, std::function<double()> now)
    : now_(now ? std::move(now) : seconds_now),
      begin_(now_()),
      seconds_(seconds),
      counted_(std::clamp(seconds * kShareOfOne, kShortest, kLongest)) {}

double BenchBudget::seconds_left() const { return std::max(0.0, begin_ + seconds_ - now_()); }

double BenchBudget::expected_seconds(const BenchRequest& request) const {
  const auto last = last_of_part_.find(request.part);
  if (last != last_of_part_.end()) return last->second;
  if (request.part == "loader") return kStart + counted_;
  if (request.part == "step") return kStart + kStepsOfStep * seconds_of_step_;
  return kStart + seconds_of_step_ + std::max(counted_, 2 * seconds_of_step_);  // one to warm up, two at least
}

bool BenchBudget::has_time_for(const BenchRequest& request) const {
  const double left = seconds_left();
  if (seconds_of_step_ == 0) return left > 0;
  const double kept = request.may_be_left_out ? kKeptForTrials * seconds_ : 0;
  return expected_seconds(request) + kept <= left;
}

void BenchBudget::add(const BenchRequest& request, const Json& answer, double seconds) {
  if (request.part == "run") {
    const Json spread = answer.value("seconds_per_step", Json::object());
    seconds_of_step_ = std::max(spread.value("median", 0.0), 1e-6);
  }
  if (!request.evaluates) last_of_part_[request.part] = seconds;
}

}  // namespace seg
