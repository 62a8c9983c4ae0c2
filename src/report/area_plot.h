// SPDX-License-Identifier: Apache-2.0
// Shares of a whole over time as areas that stand on one another, with the same frame as curves. Pure.
#pragma once
#include <string>
#include <vector>

namespace seg {

struct AreaLayer {
  std::string name;
  int color = 0;
  std::string note{};             // for the legend
  std::vector<double> amounts{};  // of each stretch; not negative
};

struct AreaPlot {
  std::string title;
  std::string x_name;
  std::vector<double> ends{};  // of each stretch, ascending; the first begins at 0
  std::vector<AreaLayer> layers{};
};

// A <figure>. In each stretch the layers share its height by their amounts. Many stretches are drawn as fewer.
std::string to_html(const AreaPlot& plot);

}  // namespace seg
