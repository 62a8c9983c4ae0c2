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

namespace seg {

struct Rule {
  std::string_view name;
  std::string_view when;  // in words, for docs/measuring.md
  std::optional<Finding> (*check)(const Figures& figures);
};

std::span<const Rule> loading_rules();    // the loader cannot keep up, or takes more than it must
std::span<const Rule> computing_rules();  // the step is slower than it could be on this device
std::span<const Rule> run_rules();        // what comes between steps, and what endangers the run

std::array<std::span<const Rule>, 3> rules();

// What they find: dangers first, then by what is expected to be gained, then what is not about speed.
std::vector<Finding> findings_of(const Figures& figures);

// Less than this is not worth a word.
inline constexpr double kWorthAWord = 1.03;

}  // namespace seg
