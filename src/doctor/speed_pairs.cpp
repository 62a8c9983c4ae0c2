// SPDX-License-Identifier: Apache-2.0
#include "doctor/speed_pairs.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace seg {
namespace {

constexpr double kUneven = 0.1;  // of the processors

}  // namespace

Comparison chained(const Comparison& first, const Comparison& second) {
  const double speedup = first.speedup * second.speedup;
  return {.before = first.before,
          .after = first.before * speedup,
          .speedup = speedup,
          .spread = first.spread && second.spread ? std::optional(*first.spread + *second.spread) : std::nullopt,
          .num_pairs = std::min(first.num_pairs, second.num_pairs)};
}

std::string speedup_text(double speedup) { return fixed(speedup, 2) + "x"; }

std::string speedup_text(const Comparison& comparison) {
  const std::string text = speedup_text(comparison.speedup);
  if (!comparison.spread) return text + " (in one pair)";
  return text + " (" + fixed(comparison.speedup * (1 - *comparison.spread), 2) + " to " +
         fixed(comparison.speedup * (1 + *comparison.spread), 2) + " in " + std::to_string(comparison.num_pairs) +
         " pairs)";
}

void SpeedPairs::drop_farthest() {
  if (pairs_.size() < 3) return;
  std::ranges::sort(pairs_, {}, &Pair::ratio);
  const double middle = pairs_[pairs_.size() / 2].ratio();
  const bool is_last = pairs_.back().ratio() - middle > middle - pairs_.front().ratio();
  pairs_.erase(is_last ? pairs_.end() - 1 : pairs_.begin());
}

double SpeedPairs::speedup() const {
  double sum = 0;
  for (const Pair& pair : pairs_) sum += std::log(pair.ratio());
  return std::exp(sum / static_cast<double>(pairs_.size()));
}

std::optional<double> SpeedPairs::spread() const {
  if (pairs_.size() < 2) return std::nullopt;
  const auto [least, most] = std::ranges::minmax(pairs_, {}, &Pair::ratio);
  return (most.ratio() - least.ratio()) / 2 / speedup();
}

Comparison SpeedPairs::comparison() const {
  Comparison result{.speedup = speedup(), .spread = spread(), .num_pairs = pairs_.size()};
  for (const Pair& pair : pairs_) {
    result.before += pair.before / static_cast<double>(pairs_.size());
    result.after += pair.after / static_cast<double>(pairs_.size());
  }
  return result;
}

bool is_uneven(const Figures& before, const Figures& after) {
  if (!before.busy_elsewhere || !after.busy_elsewhere || !after.processors) return false;
  return std::abs(*before.busy_elsewhere - *after.busy_elsewhere) > kUneven * static_cast<double>(*after.processors);
}

}  // namespace seg
