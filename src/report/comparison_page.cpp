// SPDX-License-Identifier: Apache-2.0
#include "report/comparison_page.h"

#include <functional>

#include "report/comparison_tables.h"
#include "report/html.h"
#include "report/line_plot.h"
#include "report/run_curves.h"

namespace seg {
namespace {

constexpr std::size_t kLongest = 400;  // bytes of a value: long lists stand in the runs' own files

std::string html_of(const ComparisonTable& table) {
  std::string html = "<h2>" + html_escaped(table.title) + "</h2>\n<div class=\"wide\"><table>\n";
  for (const std::vector<std::string>& row : table.rows) {
    const bool is_head = &row == table.rows.data();
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const char* const tag = is_head ? "th" : "td";
      html.append("<").append(tag).append(i > 0 && !table.holds_texts ? " class=\"number\">" : ">");
      html.append(html_escaped(row[i], kLongest)).append("</").append(tag).append(">");
    }
    html += "</tr>\n";
  }
  return html + "</table></div>\n";
}

LinePlot plot_over(const RunComparison& comparison, LinePlot plot,
                   const std::function<Curve(const ComparedRun&)>& curve) {
  for (const ComparedRun& run : comparison.runs())
    plot.lines.push_back({.name = run.name, .points = curve(run), .color = static_cast<int>(plot.lines.size())});
  return plot;
}

// Of runs that can be compared by it, each in the colour that it has in the other plots.
LinePlot protocol_plot(const RunComparison& comparison, const ProtocolComparison& protocol) {
  LinePlot plot{.title = "mIoU by " + protocol.protocol + ", %", .has_zero = true, .is_percent = true};
  for (const BestFigures& one : protocol.runs) {
    const ComparedRun& run = comparison.runs()[one.run];
    plot.lines.push_back({.name = run.name,
                          .points = curve_over_evaluations(run.history, protocol.protocol, "miou"),
                          .color = static_cast<int>(one.run)});
  }
  return plot;
}

}  // namespace

std::string comparison_page(const RunComparison& comparison) {
  std::string body = "<div class=\"plots\">\n";
  body += to_html(
      plot_over(comparison, {.title = "Loss, smoothed", .may_be_logarithmic = true}, [](const ComparedRun& run) {
        return smoothed(curve_over_steps(run.history, [](const StepFacts& facts) { return facts.loss; }));
      }));
  for (const ProtocolComparison& protocol : comparison.protocols())
    body += to_html(protocol_plot(comparison, protocol));
  body += to_html(plot_over(comparison, {.title = "Images per second", .has_zero = true}, [](const ComparedRun& run) {
    return curve_over_steps(run.history, [](const StepFacts& facts) { return facts.images_per_second; });
  }));
  body += "</div>\n";
  for (const ComparisonTable& table : tables_of(comparison)) body += html_of(table);
  return html_page(std::to_string(comparison.runs().size()) + " runs compared", body);
}

}  // namespace seg
