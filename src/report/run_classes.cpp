// SPDX-License-Identifier: Apache-2.0
#include "report/run_classes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "report/curve.h"
#include "report/html.h"
#include "report/line_plot.h"
#include "report/main_figures.h"
#include "report/plot_frame.h"

namespace seg {
namespace {

std::string shown(double share) { return std::isfinite(share) ? percent(share, 2) : "–"; }

std::string number_cell(double share) { return "<td class=\"number\">" + shown(share) + "</td>"; }

double value_at(const std::vector<double>& values, std::size_t k) { return k < values.size() ? values[k] : kUnknown; }

std::string meter(double share, const Rgb& color) {
  const double width = std::isfinite(share) ? 100 * std::clamp(share, 0.0, 1.0) : 0;
  return fmt::format("<td><span class=\"meter\"><i style=\"background:{};width:{:.1f}%\"></i></span></td>",
                     html_color(color), width);
}

// How the IoU of a class went over the evaluations, from 0 to 1: a line without axes.
std::string trend(const RunHistory& history, std::string_view protocol, std::size_t k) {
  constexpr double kWidth = 90, kHeight = 18;
  constexpr std::size_t kPoints = 60;
  Curve curve;
  for (const EvaluationFacts& one : history.evaluations)
    if (const ProtocolFacts* const facts = one.by(protocol)) curve.push_back({one.step, value_at(facts->iou, k)});
  curve = thinned(curve, kPoints);
  if (curve.size() < 2 || curve.back().x <= curve.front().x) return "<td></td>";
  std::string path;
  for (const Point& point : curve)
    go_to(path, kWidth * (point.x - curve.front().x) / (curve.back().x - curve.front().x),
          1 + (kHeight - 2) * (1 - std::clamp(point.y, 0.0, 1.0)));
  return fmt::format(
      "<td><svg width=\"{:.0f}\" height=\"{:.0f}\" role=\"img\" aria-label=\"from {} to {}\">"
      "<path class=\"line\" style=\"stroke:var(--c0)\" d=\"{}\"/></svg></td>",
      kWidth, kHeight, shown(curve.front().y), shown(curve.back().y), path);
}

std::string protocol_rows(const EvaluationFacts& evaluation, std::string_view which) {
  std::string rows;
  for (const ProtocolFacts& protocol : evaluation.protocols) {
    rows += fmt::format("<tr><td class=\"whole\">{}, step {}</td><td>{}</td>", which, figure_text(evaluation.step),
                        html_escaped(protocol.name));
    for (const char* const figure : kMainFigures) rows += number_cell(protocol.figure(figure));
    rows += fmt::format("<td class=\"number\">{}</td></tr>\n",
                        std::isfinite(protocol.images) ? figure_text(protocol.images) : "–");
  }
  return rows;
}

}  // namespace

std::string protocols_html(const RunHistory& history, std::string_view main_protocol) {
  if (history.evaluations.empty()) return "<p class=\"faint\">No evaluation yet.</p>\n";
  std::string html = "<div class=\"wide\"><table>\n<tr><th>evaluation</th><th>protocol</th>";
  for (const char* const figure : kMainFigures)
    html += "<th class=\"number\">" + name_of_figure(figure) + "&nbsp;%</th>";
  html += "<th class=\"number\">images</th></tr>\n" + protocol_rows(history.evaluations.back(), "last");
  const EvaluationFacts* const best = history.best(main_protocol);
  if (best != nullptr && best != &history.evaluations.back()) html += protocol_rows(*best, "best");
  return html + "</table></div>\n";
}

std::string classes_html(const RunHistory& history, std::string_view main_protocol, const ClassLooks& looks) {
  const ProtocolFacts* const last =
      history.evaluations.empty() ? nullptr : history.evaluations.back().by(main_protocol);
  if (last == nullptr || last->iou.empty()) return "<p class=\"faint\">No evaluation with classes yet.</p>\n";
  const EvaluationFacts* const best_one = history.best(main_protocol);
  const ProtocolFacts& best = best_one == nullptr ? *last : *best_one->by(main_protocol);
  std::string html = fmt::format(
      "<p class=\"faint\">By {}. Last: step {}. Best: step {}. The line: IoU over the evaluations.</p>\n"
      "<div class=\"wide\"><table>\n<tr><th>class</th><th class=\"number\">IoU&nbsp;% last</th><th></th>"
      "<th class=\"number\">best</th><th class=\"number\">F1&nbsp;% last</th>"
      "<th class=\"number\">boundary IoU&nbsp;%</th><th></th></tr>\n",
      html_escaped(main_protocol), figure_text(history.evaluations.back().step),
      figure_text(best_one == nullptr ? history.evaluations.back().step : best_one->step));
  for (std::size_t k = 0; k < last->iou.size(); ++k)
    html += fmt::format("<tr>{}{}{}{}{}{}{}</tr>\n", html_marked_cell(html_color(looks.color(k)), looks.name(k)),
                        number_cell(last->iou[k]), meter(last->iou[k], looks.color(k)),
                        number_cell(value_at(best.iou, k)), number_cell(value_at(last->f1, k)),
                        number_cell(value_at(last->boundary_iou, k)), trend(history, main_protocol, k));
  html += fmt::format("<tr class=\"sum\"><td>mean</td>{}<td></td>{}{}{}<td></td></tr>\n",
                      number_cell(last->figure("miou")), number_cell(best.figure("miou")),
                      number_cell(last->figure("macro_f1")), number_cell(last->figure("boundary_iou")));
  return html + "</table></div>\n";
}

}  // namespace seg
