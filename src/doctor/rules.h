// SPDX-License-Identifier: Apache-2.0
// The rules by which figures are judged: a table, one row a rule. Pure functions of the figures.
//
// A row stands in the source of its kind. It gives nothing where it does not apply, where a figure that it needs is not
// known, or where what it would gain is not worth a word.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "doctor/figures.h"
#include "doctor/finding.h"
#include "doctor/rate_model.h"

namespace seg {

struct Rule {
  std::string_view name;
  std::string_view when;  // in words, for docs/measuring.md
  std::optional<Finding> (*check)(const Figures& figures);
};

std::span<const Rule> loading_rules();    // how the loader is set up: it cannot keep up, or takes more than it must
std::span<const Rule> data_rules();       // what the data are like, where they lie, and what is kept of them
std::span<const Rule> computing_rules();  // the step is slower than it could be on this device
std::span<const Rule> run_rules();        // what comes between steps, and what endangers the run

std::array<std::span<const Rule>, 4> rules();

// What they find, in order.
std::vector<Finding> findings_of(const Figures& figures);

// Dangers first, then by what is expected to be gained, then what is not about speed; behind all others what a trial
// did not bear out.
void put_in_order(std::vector<Finding>& findings);

inline constexpr double kWaitThatMatters = 0.03;  // of the time, for data
inline constexpr double kLargeStage = 0.3;        // of the loader's work

}  // namespace seg
