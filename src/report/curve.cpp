// SPDX-License-Identifier: Apache-2.0
#include "report/curve.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace seg {

Curve known_points(const Curve& curve) {
  Curve known;
  known.reserve(curve.size());
  for (const Point& point : curve)
    if (std::isfinite(point.x) && std::isfinite(point.y)) known.push_back(point);
  return known;
}

Curve thinned(const Curve& curve, std::size_t columns) {
  constexpr std::size_t kKept = 4;  // of a column
  Curve known = known_points(curve);
  if (known.size() <= kKept * columns || columns == 0) return known;
  const double begin = known.front().x;
  const double width = (known.back().x - begin) / static_cast<double>(columns);
  const auto column_of = [&](const Point& point) {
    return width > 0 ? std::min(static_cast<std::size_t>(std::max((point.x - begin) / width, 0.0)), columns - 1) : 0;
  };
  Curve thin;
  for (auto first = known.begin(); first != known.end();) {
    const std::size_t column = column_of(*first);
    auto end = std::next(first);
    while (end != known.end() && column_of(*end) == column) ++end;
    const auto [smallest, largest] = std::minmax_element(first, end, [](auto& a, auto& b) { return a.y < b.y; });
    std::array kept = {first, smallest, largest, std::prev(end)};
    std::ranges::sort(kept);
    const auto* const repeated = std::unique(kept.begin(), kept.end());
    for (auto* one = kept.begin(); one != repeated; ++one) thin.push_back(**one);
    first = end;
  }
  return thin;
}

Curve smoothed(const Curve& curve) {
  constexpr double kShare = 1.0 / 50;
  Curve smooth = known_points(curve);
  const double half_life = std::max(1.0, static_cast<double>(smooth.size()) * kShare);
  const double keep = std::pow(0.5, 1 / half_life);
  std::vector<double> sums(smooth.size()), weights(smooth.size());
  double sum = 0, weight = 0;
  for (std::size_t i = 0; i < smooth.size(); ++i) {  // what has been, the point itself included
    sums[i] = sum = keep * sum + smooth[i].y;
    weights[i] = weight = keep * weight + 1;
  }
  sum = weight = 0;
  for (std::size_t i = smooth.size(); i-- > 0;) {  // and what comes
    const double own = smooth[i].y;
    smooth[i].y = (sums[i] + keep * sum) / (weights[i] + keep * weight);
    sum = keep * sum + own;
    weight = keep * weight + 1;
  }
  return smooth;
}

std::optional<CurveFacts> facts_of(const Curve& curve) {
  const Curve known = known_points(curve);
  if (known.empty()) return std::nullopt;
  const auto [smallest, largest] = std::ranges::minmax_element(known, {}, &Point::y);
  return CurveFacts{.first = known.front(), .last = known.back(), .smallest = *smallest, .largest = *largest};
}

std::optional<double> quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return std::nullopt;
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double above = sorted[std::min(below + 1, sorted.size() - 1)];
  return sorted[below] + (place - static_cast<double>(below)) * (above - sorted[below]);
}

}  // namespace seg
