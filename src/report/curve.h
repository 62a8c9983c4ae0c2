// SPDX-License-Identifier: Apache-2.0
// Values over the steps of a run, and what is drawn of them: fewer points, and a line through the noise.
//
// Pure functions. A y that is not finite is no value; x is ascending.
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

namespace seg {

struct Point {
  double x = 0, y = 0;
  bool operator==(const Point&) const = default;
};
using Curve = std::vector<Point>;

Curve known_points(const Curve& curve);  // without those that have no value

// Of known points, what a screen of so many columns can show: of each column the first, the smallest, the largest and
// the last value. A short curve stays as it is.
Curve thinned(const Curve& curve, std::size_t columns);

// Of known points, a mean of what is near: a point counts half as much at a distance of a fiftieth of all points, to
// both sides, so that nothing is drawn late.
Curve smoothed(const Curve& curve);

struct CurveFacts {
  Point first, last, smallest, largest;
};
std::optional<CurveFacts> facts_of(const Curve& curve);  // nothing if it has no value

// Of a sorted list, by linear interpolation; 0.5: the median. Nothing of an empty one.
std::optional<double> quantile(const std::vector<double>& sorted, double share);

}  // namespace seg
