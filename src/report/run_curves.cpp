// SPDX-License-Identifier: Apache-2.0
#include "report/run_curves.h"

#include <algorithm>
#include <span>

#include "report/line_plot.h"
#include "report/main_figures.h"

namespace seg {
namespace {

constexpr std::size_t kLeastSmoothed = 20;  // points, from which on a line is drawn through them
constexpr double kBytesOfGigabyte = 1e9;

// The curve itself, or faintly, with a line through it.
void add(std::vector<PlotLine>& lines, const std::string& name, Curve curve, int color) {
  if (known_points(curve).size() < kLeastSmoothed) {
    lines.push_back({.name = name, .points = std::move(curve), .color = color});
    return;
  }
  lines.push_back({.name = name, .points = smoothed(curve), .color = color});
  lines.push_back({.name = name, .points = std::move(curve), .color = color, .is_faint = true});
}

LinePlot loss_plot(const RunHistory& history) {
  LinePlot plot{.title = "Loss", .may_be_logarithmic = true};
  add(plot.lines, "Loss", curve_over_steps(history, [](const StepFacts& facts) { return facts.loss; }), 0);
  return plot;
}

LinePlot head_plot(const RunHistory& history) {
  LinePlot plot{.title = "Loss of each head", .may_be_logarithmic = true};
  for (std::size_t i = 0; i < history.loss_names.size(); ++i) {
    const auto value = [i](const StepFacts& facts) { return i < facts.losses.size() ? facts.losses[i] : kUnknown; };
    add(plot.lines, history.loss_names[i], curve_over_steps(history, value), static_cast<int>(i));
  }
  return plot;
}

// Of groups that are taught at the same rate one line.
LinePlot rate_plot(const RunHistory& history) {
  LinePlot plot{.title = "Learning rate", .has_zero = true};
  std::size_t num_groups = 0;
  for (const StepFacts& facts : history.steps) num_groups = std::max(num_groups, facts.group_rates.size());
  const auto base = [](const StepFacts& facts) { return facts.rate; };
  std::vector<Curve> told = {curve_over_steps(history, base)};
  plot.lines.push_back({.name = "base", .points = told.front()});
  for (std::size_t i = 0; i < num_groups; ++i) {
    const auto value = [i](const StepFacts& facts) {
      return i < facts.group_rates.size() ? facts.group_rates[i] : kUnknown;
    };
    Curve curve = curve_over_steps(history, value);
    if (std::ranges::count(told, curve) != 0) continue;
    plot.lines.push_back(
        {.name = "group " + std::to_string(i), .points = curve, .color = static_cast<int>(told.size())});
    told.push_back(std::move(curve));
  }
  if (plot.lines.size() == 1) plot.lines.front().name = plot.title;
  return plot;
}

LinePlot miou_plot(const RunHistory& history) {
  LinePlot plot{.title = "mIoU, %", .has_zero = true, .is_percent = true};
  std::vector<std::string> protocols;
  for (const EvaluationFacts& evaluation : history.evaluations)
    for (const ProtocolFacts& protocol : evaluation.protocols)
      if (std::ranges::count(protocols, protocol.name) == 0) protocols.push_back(protocol.name);
  for (std::size_t i = 0; i < protocols.size(); ++i)
    plot.lines.push_back({.name = protocols[i],
                          .points = curve_over_evaluations(history, protocols[i], "miou"),
                          .color = static_cast<int>(i)});
  return plot;
}

LinePlot figure_plot(const RunHistory& history, std::string_view protocol) {
  LinePlot plot{.title = "Other metrics by " + std::string(protocol) + ", %", .has_zero = true, .is_percent = true};
  for (const char* const figure : std::span(kMainFigures).subspan(1))
    plot.lines.push_back({.name = name_of_figure(figure),
                          .points = curve_over_evaluations(history, protocol, figure),
                          .color = static_cast<int>(plot.lines.size()) + 1});
  return plot;
}

LinePlot speed_plot(const RunHistory& history) {
  LinePlot plot{.title = "Images per second", .has_zero = true};
  add(plot.lines, plot.title, curve_over_steps(history, [](const StepFacts& facts) { return facts.images_per_second; }),
      2);
  return plot;
}

LinePlot memory_plot(const RunHistory& history) {
  LinePlot plot{.title = "Memory, GB", .has_zero = true};
  const auto line = [&](const char* name, double StepFacts::*bytes, int color) {
    plot.lines.push_back({.name = name,
                          .points = curve_over_steps(
                              history, [bytes](const StepFacts& facts) { return facts.*bytes / kBytesOfGigabyte; }),
                          .color = color});
  };
  line("of the process", &StepFacts::resident_bytes, 0);
  line("its peak", &StepFacts::peak_resident_bytes, 7);
  line("of the GPU", &StepFacts::gpu_bytes, 1);
  line("its peak on the GPU", &StepFacts::peak_gpu_bytes, 6);
  return plot;
}

}  // namespace

Curve curve_over_steps(const RunHistory& history, const std::function<double(const StepFacts&)>& value) {
  Curve curve;
  for (const StepFacts& facts : history.steps) curve.push_back({facts.step, value(facts)});
  return known_points(curve);
}

Curve curve_over_evaluations(const RunHistory& history, std::string_view protocol, std::string_view figure) {
  Curve curve;
  for (const EvaluationFacts& evaluation : history.evaluations)
    if (const ProtocolFacts* const facts = evaluation.by(protocol))
      curve.push_back({evaluation.step, facts->figure(figure)});
  return known_points(curve);
}

std::string curves_html(const RunHistory& history, std::string_view main_protocol) {
  std::string html = "<div class=\"plots\">\n";
  html += to_html(loss_plot(history));
  if (history.loss_names.size() > 1) html += to_html(head_plot(history));
  html += to_html(miou_plot(history));
  if (!history.evaluations.empty()) html += to_html(figure_plot(history, main_protocol));
  html += to_html(rate_plot(history));
  LinePlot norm{.title = "Gradient norm", .may_be_logarithmic = true};
  add(norm.lines, norm.title, curve_over_steps(history, [](const StepFacts& facts) { return facts.gradient_norm; }), 3);
  html += to_html(norm) + to_html(speed_plot(history)) + to_html(memory_plot(history));
  LinePlot scale{.title = "Loss scale", .may_be_logarithmic = true};
  scale.lines = {{.name = scale.title,
                  .points = curve_over_steps(history, [](const StepFacts& facts) { return facts.loss_scale; })}};
  if (!scale.lines.front().points.empty()) html += to_html(scale);
  return html + "</div>\n";
}

}  // namespace seg
