// SPDX-License-Identifier: Apache-2.0
// What all plots have in common: the place of the drawing in its picture, its axes, and colours. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "report/axis.h"

namespace seg {

inline constexpr int kNumColors = 10;  // --c0 … --c9
std::string color_of(int number);      // "var(--c3)"

// In units of the picture, which is as wide as its place.
inline constexpr double kPlotWidth = 480, kPlotHeight = 236;
inline constexpr double kPlotLeft = 50, kPlotRight = 22, kPlotTop = 8, kPlotBottom = 40;
inline constexpr double kInnerWidth = kPlotWidth - kPlotLeft - kPlotRight;
inline constexpr double kInnerHeight = kPlotHeight - kPlotTop - kPlotBottom;

struct PlotAxes {
  Axis x, y;
  std::string x_name;

  double across(double value) const noexcept { return kPlotLeft + kInnerWidth * x.place_of(value); }
  double down(double value) const noexcept { return kPlotTop + kInnerHeight * (1 - y.place_of(value)); }
};

// Goes on with a path's data: "M3.0 4.0", then "L5.0 6.0".
void go_to(std::string& path, double x, double y);

// Lines of the grid, and the numbers.
std::string grid_of(const PlotAxes& axes);

struct LegendEntry {
  std::string name;
  int color = 0;
  std::string note{};  // "12 %"
};
// A <figure> around the drawing (SVG), told in words for who does not see it.
struct PlotFrame {
  std::string title, in_words;
  std::vector<LegendEntry> legend{};
};
std::string framed(const PlotFrame& frame, std::string_view drawing);
std::string framed_absence(std::string_view title);  // of a plot without values

}  // namespace seg
