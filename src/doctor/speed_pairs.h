// SPDX-License-Identifier: Apache-2.0
// Two configs whose rates were measured by turns, and what that says of the one against the other. Plain data.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "doctor/figures.h"

namespace seg {

struct SpeedupRange {
  double least = 1, most = 1;
};

// Of what was measured by turns.
struct Comparison {
  double before = 0, after = 0;  // images per second, means
  double speedup = 1;
  std::optional<SpeedupRange> range{};  // of the pairs; nothing: one pair
  std::size_t num_pairs = 1;

  std::optional<double> spread() const;  // by how much the pairs differ, as a share of the speed-up
};

// What two steps gain, one on top of the other.
Comparison chained(const Comparison& first, const Comparison& second);

// "1.42x (1.40 to 1.44 in 2 pairs)", "1.42x (in one pair)".
std::string speedup_text(const Comparison& comparison);
std::string speedup_text(double speedup);  // "1.42x"

class SpeedPairs {
 public:
  void add(double before, double after) { pairs_.push_back({before, after}); }
  std::size_t size() const noexcept { return pairs_.size(); }

  // Of three or more, the pair whose speed-up is farthest from that of the middle one goes.
  void drop_farthest();

  Comparison comparison() const;  // of at least one pair; the speed-up is the geometric mean

 private:
  struct Pair {
    double before, after;
    double ratio() const noexcept { return after / before; }
  };
  std::vector<Pair> pairs_;
};

// Whether other programs left the one run so much more of the machine than the other that their rates say little of
// their configs. No: also if that is not known.
bool is_uneven(const Figures& before, const Figures& after);

}  // namespace seg
