// SPDX-License-Identifier: Apache-2.0
#include "doctor/speed_pairs.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace seg {
namespace {

constexpr double kUneven = 0.1;  // of the processors

}  // namespace

std::optional<double> Comparison::spread() const {
  return range ? std::optional((range->most - range->least) / speedup) : std::nullopt;
}

Comparison chained(const Comparison& first, const Comparison& second) {
  const double speedup = first.speedup * second.speedup;
  return {.before = first.before,
          .after = first.before * speedup,
          .speedup = speedup,
          .range = first.range && second.range
                       ? std::optional(SpeedupRange{.least = first.range->least * second.range->least,
                                                    .most = first.range->most * second.range->most})
                       : std::nullopt,
          .num_pairs = std::min(first.num_pairs, second.num_pairs)};
}

std::string speedup_text(double speedup) { return fixed(speedup, 2) + "x"; }

std::string speedup_text(const Comparison& comparison) {
  const std::string text = speedup_text(comparison.speedup);
  if (!comparison.range) return text + " (in one pair)";
  return text + " (" + fixed(comparison.range->least, 2) + " to " + fixed(comparison.range->most, 2) + " in " +
         std::to_string(comparison.num_pairs) + " pairs)";
}

void SpeedPairs::drop_farthest() {
  if (pairs_.size() < 3) return;
  std::ranges::sort(pairs_, {}, &Pair::ratio);
  const double middle = pairs_[pairs_.size() / 2].ratio();
  const bool is_last = pairs_.back().ratio() - middle > middle - pairs_.front().ratio();
  pairs_.erase(is_last ? pairs_.end() - 1 : pairs_.begin());
}

Comparison SpeedPairs::comparison() const {
  const auto count = static_cast<double>(pairs_.size());
  Comparison result{.num_pairs = pairs_.size()};
  double logarithms = 0;
  for (const Pair& pair : pairs_) {
    result.before += pair.before / count;
    result.after += pair.after / count;
    logarithms += std::log(pair.ratio());
  }
  result.speedup = std::exp(logarithms / count);
  if (pairs_.size() > 1) {
    const auto [least, most] = std::ranges::minmax(pairs_, {}, &Pair::ratio);
    result.range = {.least = least.ratio(), .most = most.ratio()};
  }
  return result;
}

bool is_uneven(const Figures& before, const Figures& after) {
  if (!before.busy_elsewhere || !after.busy_elsewhere || !after.processors) return false;
  return std::abs(*before.busy_elsewhere - *after.busy_elsewhere) > kUneven * static_cast<double>(*after.processors);
}

}  // namespace seg
