// SPDX-License-Identifier: Apache-2.0
// The doctor's time: how long a measurement may take, and whether another one fits into what is left.
//
// What a measurement will take is told from the ones before: a run says how long its steps were. Not thread-safe.
#pragma once
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "doctor/examination.h"

namespace seg {

class BenchBudget {
 public:
  explicit BenchBudget(double seconds, std::function<double()> now = {});  // a clock; by default the system's

  double seconds_left() const;                                   // never negative
  double seconds_to_count() const noexcept { return counted_; }  // that one measurement takes, steps permitting
  double expected_seconds(const BenchRequest& request) const;    // start and all
  // Always for the first; half of the time is kept from what may be left out.
  bool has_time_for(const BenchRequest& request) const;
  void add(const BenchRequest& request, const nlohmann::json& answer, double seconds);

 private:
  std::function<double()> now_;
  double begin_, seconds_, counted_;
  double seconds_of_step_ = 0;                  // 0: not known yet
  std::map<std::string, double> last_of_part_;  // without evaluation
};

}  // namespace seg
