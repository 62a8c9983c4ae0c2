// SPDX-License-Identifier: Apache-2.0
// The axis of a plot: a range of values, and round numbers in it with their texts.
//
// Pure functions. Any numbers will do: what is no number, or a range without extent, becomes a range that can be drawn.
#pragma once
#include <string>
#include <vector>

namespace seg {

struct Tick {
  double value = 0;
  std::string text;
};

struct Axis {
  double low = 0, high = 1;  // low < high
  std::vector<Tick> ticks{};

  // Where a value lies between low (0) and high (1), also beyond them.
  double place_of(double value) const noexcept { return (value - low) / (high - low); }
};

// From `low` to `high`, with at most `most_ticks` of 1, 2 or 5 times a power of ten. On request the range is extended
// to the round numbers around it.
struct AxisRange {
  double low = 0, high = 1;
};
Axis axis_over(const AxisRange& range, int most_ticks, bool ends_on_ticks = false);

// The same for logarithms to base 10, with the powers of ten as ticks, and 2 and 5 times these if there is room.
Axis logarithmic_axis_over(const AxisRange& positive, int most_ticks);

// "20k", "0.05", "2e-05": as short as tells it from its neighbours, which lie `step` away.
std::string tick_text(double value, double step);

}  // namespace seg
