// SPDX-License-Identifier: Apache-2.0
// Curves as a picture of vectors (SVG) in a page, with a legend, and the same told in words.
//
// The picture takes the colours --c0 … of the page's style (report/style.h) and the width that it is given. Texts are
// escaped here. Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "report/curve.h"

namespace seg {

struct PlotLine {
  std::string name;
  Curve points{};
  int color = 0;          // of kNumColors; beyond them they begin again, dashed
  bool is_faint = false;  // behind the others, and not in the legend: what a smoothed line is made of
};

struct LinePlot {
  std::string title;
  std::string x_name = "step";
  std::vector<PlotLine> lines{};
  bool has_zero = false;            // the axis of values begins at 0
  bool may_be_logarithmic = false;  // if values are all positive and lie far apart
  bool is_percent = false;          // values are shares: the axis shows percent, and never more than 100
};

// A <figure>. A plot without any value says so.
std::string to_html(const LinePlot& plot);

std::string figure_text(double value);  // four digits that count: "0.01234", "1.235e+10"

}  // namespace seg
