// SPDX-License-Identifier: Apache-2.0
#include "report/line_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "report/html.h"
#include "report/plot_frame.h"

namespace seg {
namespace {

constexpr std::size_t kColumns = 240;    // that a plot tells apart
constexpr std::size_t kMostMarked = 40;  // points that are drawn as such, with their values
constexpr int kTicks = 6;
constexpr double kFarApart = 50;  // the largest value over the median from which on there are logarithms

struct Extent {
  AxisRange x{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}, y = x;
  std::vector<double> values{};

  void add(const Point& point) {
    x = {std::min(x.low, point.x), std::max(x.high, point.x)};
    y = {std::min(y.low, point.y), std::max(y.high, point.y)};
    values.push_back(point.y);
  }
};

bool lies_far_apart(std::vector<double> values) {
  std::ranges::sort(values);
  return values.front() > 0 && values.back() > kFarApart * *quantile(values, 0.5);
}

std::string value_text(const LinePlot& plot, double value) {
  return plot.is_percent ? fmt::format("{:.2f} %", 100 * value) : figure_text(value);
}

class Drawing {
 public:
  explicit Drawing(const LinePlot& plot) : plot_(plot) {
    for (const PlotLine& line : plot.lines) {
      thin_.push_back(thinned(line.points, kColumns));
      for (const Point& point : thin_.back()) extent_.add(point);
    }
    if (is_empty()) return;
    is_logarithmic_ = plot.may_be_logarithmic && lies_far_apart(extent_.values);
    axes_.x_name = plot.x_name;
    axes_.x = axis_over(extent_.x, kTicks);
    if (plot.is_percent) extent_.y = {100 * extent_.y.low, 100 * extent_.y.high};
    if (plot.has_zero) extent_.y.low = std::min(extent_.y.low, 0.0);
    axes_.y = is_logarithmic_ ? logarithmic_axis_over(extent_.y, kTicks) : axis_over(extent_.y, kTicks, true);
  }

  bool is_empty() const { return extent_.values.empty(); }

  std::string svg() const {
    std::string text = grid_of(axes_);
    for (const bool is_faint : {true, false})
      for (std::size_t i = 0; i < thin_.size(); ++i)
        if (plot_.lines[i].is_faint == is_faint) text += line(plot_.lines[i], thin_[i]);
    return text;
  }

 private:
  double down(double value) const {
    if (plot_.is_percent) value *= 100;
    const double y = axes_.down(is_logarithmic_ ? std::log10(value) : value);
    return std::clamp(y, kPlotTop, kPlotTop + kInnerHeight);  // values beyond what an axis can show
  }

  std::string line(const PlotLine& line, const Curve& points) const {
    if (points.empty()) return "";
    std::string path;
    for (const Point& point : points) go_to(path, axes_.across(point.x), down(point.y));
    std::string svg =
        fmt::format("<path class=\"{}\" style=\"stroke:{}{}\" d=\"{}\"/>\n", line.is_faint ? "line raw" : "line",
                    color_of(line.color), line.color >= kNumColors ? ";stroke-dasharray:5 3" : "", path);
    if (line.is_faint || points.size() > kMostMarked) return svg;
    for (const Point& point : points)
      svg += fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\" style=\"fill:{}\"><title>{}: {} at {} {}</title>"
          "</circle>\n",
          axes_.across(point.x), down(point.y), color_of(line.color), html_escaped(line.name),
          value_text(plot_, point.y), html_escaped(plot_.x_name), figure_text(point.x));
    return svg;
  }

  const LinePlot& plot_;
  std::vector<Curve> thin_;
  Extent extent_;
  PlotAxes axes_;
  bool is_logarithmic_ = false;
};

std::string in_words(const LinePlot& plot) {
  std::string text = plot.title + ".";
  const auto shown = [&](double value) { return value_text(plot, value); };
  for (const PlotLine& line : plot.lines) {
    const auto facts = line.is_faint ? std::nullopt : facts_of(line.points);
    if (!facts) continue;
    text += fmt::format(" {}: from {} at {} {} to {} at {}, between {} and {}.", line.name, shown(facts->first.y),
                        plot.x_name, figure_text(facts->first.x), shown(facts->last.y), figure_text(facts->last.x),
                        shown(facts->smallest.y), shown(facts->largest.y));
  }
  return text;
}

}  // namespace

std::string figure_text(double value) {
  constexpr double kMostInFull = 1e7;
  if (value == std::floor(value) && std::abs(value) < kMostInFull) return fmt::format("{:.0f}", value);
  return fmt::format("{:.4g}", value);
}

std::string to_html(const LinePlot& plot) {
  const Drawing drawing(plot);
  if (drawing.is_empty()) return framed_absence(plot.title);
  PlotFrame frame{.title = plot.title, .in_words = in_words(plot)};
  for (const PlotLine& line : plot.lines)
    if (!line.is_faint && facts_of(line.points)) frame.legend.push_back({line.name, line.color});
  if (frame.legend.size() == 1 && frame.legend.front().name == plot.title) frame.legend.clear();
  return framed(frame, drawing.svg());
}

}  // namespace seg
