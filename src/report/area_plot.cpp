// SPDX-License-Identifier: Apache-2.0
#include "report/area_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/plot_frame.h"

namespace seg {
namespace {

constexpr std::size_t kColumns = 160;
constexpr int kTicks = 6;

struct Columns {
  std::vector<double> edges{0};               // one more than there are columns
  std::vector<std::vector<double>> shares{};  // of each layer
};

double amount_of(const AreaLayer& layer, std::size_t stretch) {
  const double amount = stretch < layer.amounts.size() ? layer.amounts[stretch] : 0;
  return std::isfinite(amount) ? std::max(amount, 0.0) : 0;
}

// Neighbouring stretches are summed up until they are wide enough to be seen. What holds nothing is left out.
Columns columns_of(const AreaPlot& plot) {
  Columns columns;
  columns.shares.resize(plot.layers.size());
  const double width = plot.ends.empty() ? 0 : plot.ends.back() / static_cast<double>(kColumns);
  std::vector<double> sums(plot.layers.size(), 0.0);
  for (std::size_t i = 0; i < plot.ends.size(); ++i) {
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += amount_of(plot.layers[k], i);
    const bool is_wide = plot.ends[i] - columns.edges.back() >= width || i + 1 == plot.ends.size();
    double total = 0;
    for (const double sum : sums) total += sum;
    if (!is_wide || total <= 0 || !std::isfinite(total) || plot.ends[i] <= columns.edges.back()) continue;
    columns.edges.push_back(plot.ends[i]);
    for (std::size_t k = 0; k < sums.size(); ++k) columns.shares[k].push_back(sums[k] / total);
    std::ranges::fill(sums, 0.0);
  }
  return columns;
}

// From the lower border, there, and back along the upper one.
std::string area(const PlotAxes& axes, const std::vector<double>& edges, const std::vector<double>& lower,
                 const std::vector<double>& upper) {
  std::string path;
  const auto go = [&](double x, double y) { go_to(path, axes.across(x), axes.down(100 * y)); };
  for (std::size_t i = 0; i < lower.size(); ++i) {
    go(edges[i], lower[i]);
    go(edges[i + 1], lower[i]);
  }
  for (std::size_t i = upper.size(); i-- > 0;) {
    go(edges[i + 1], upper[i]);
    go(edges[i], upper[i]);
  }
  return path + "Z";
}

}  // namespace

std::string to_html(const AreaPlot& plot) {
  const Columns columns = columns_of(plot);
  if (columns.edges.size() < 2) return framed_absence(plot.title);
  const PlotAxes axes{
      .x = axis_over({0, columns.edges.back()}, kTicks), .y = axis_over({0, 100}, kTicks, true), .x_name = plot.x_name};
  PlotFrame frame{.title = plot.title, .in_words = plot.title + ":"};
  std::string areas;
  std::vector<double> lower(columns.edges.size() - 1, 0.0);
  for (std::size_t k = 0; k < plot.layers.size(); ++k) {
    const AreaLayer& layer = plot.layers[k];
    std::vector<double> upper = lower;
    bool is_there = false;
    for (std::size_t i = 0; i < upper.size(); ++i) {
      upper[i] += columns.shares[k][i];
      is_there = is_there || columns.shares[k][i] > 0;
    }
    if (!is_there) continue;
    areas += fmt::format("<path style=\"fill:{}\" d=\"{}\"/>\n", color_of(layer.color),
                         area(axes, columns.edges, lower, upper));
    frame.legend.push_back({layer.name, layer.color, layer.note});
    frame.in_words += " " + layer.name + (layer.note.empty() ? "" : " " + layer.note) + ",";
    lower = std::move(upper);
  }
  frame.in_words.back() = '.';
  return framed(frame, "<g class=\"area\">\n" + areas + "</g>\n" + grid_of(axes));
}

}  // namespace seg
