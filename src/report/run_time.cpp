// SPDX-License-Identifier: Apache-2.0
#include "report/run_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/text.h"
#include "report/area_plot.h"
#include "report/html.h"
#include "report/plot_frame.h"

namespace seg {
namespace {

// Neighbours are told apart, and waiting, which is to be seen at once, is orange.
constexpr std::array<int, kNumPhases> kColors = {1, 5, 0, 9, 3, 2, 7, 8, 4, 6};

constexpr double kLeastRest = 1e-3;  // of the time: less cannot be seen

struct TimeUnit {
  const char* name;
  double seconds;
};

TimeUnit unit_for(double seconds) {
  constexpr double kMinute = 60, kHour = 3600, kMost = 180;
  if (seconds <= kMost) return {"seconds", 1};
  return seconds <= kMost * kMinute ? TimeUnit{"minutes", kMinute} : TimeUnit{"hours", kHour};
}

std::string share_text(double share) { return percent(share, share < 0.1 ? 1 : 0) + " %"; }

// What comes behind the last line about steps: most often the evaluation of the last step, and what is kept of it. What
// earlier parts of the run did behind theirs is in it.
void add_rest(const RunHistory& history, const TimeUnit& unit, AreaPlot& plot) {
  std::vector<double> rest;
  for (std::size_t i = 0; i < kNumPhases; ++i) {
    const std::vector<double>& amounts = plot.layers[i].amounts;
    const double told = std::accumulate(amounts.begin(), amounts.end(), 0.0);
    rest.push_back(std::max(0.0, history.phases.seconds[i] - told));
  }
  if (std::accumulate(rest.begin(), rest.end(), 0.0) < kLeastRest * history.seconds()) return;
  for (std::size_t i = 0; i < kNumPhases; ++i) plot.layers[i].amounts.push_back(rest[i]);
  plot.ends.push_back(history.seconds() / unit.seconds);
}

AreaPlot plot_of(const RunHistory& history) {
  const TimeUnit unit = unit_for(history.seconds());
  AreaPlot plot{.title = "Shares of the time, %", .x_name = std::string(unit.name) + " of the run"};
  for (std::size_t i = 0; i < kNumPhases; ++i) {
    const auto phase = static_cast<Phase>(i);
    AreaLayer layer{.name = name_of_phase(phase),
                    .color = kColors[i],
                    .note = share_text(history.phases.share(phase)),
                    .amounts = {}};
    for (const StepFacts& facts : history.steps) layer.amounts.push_back(facts.phases[i] * facts.seconds);
    plot.layers.push_back(std::move(layer));
  }
  double end = 0;
  for (const StepFacts& facts : history.steps) plot.ends.push_back((end += facts.seconds) / unit.seconds);
  add_rest(history, unit, plot);
  return plot;
}

std::string totals(const RunHistory& history) {
  std::string bar = "<div class=\"shares\" role=\"img\" aria-label=\"shares of the whole time, as in the table\">";
  std::string rows = "<tr><th>phase</th><th class=\"number\">time</th><th class=\"number\">share</th></tr>\n";
  for (std::size_t i = 0; i < kNumPhases; ++i) {
    const auto phase = static_cast<Phase>(i);
    const double share = history.phases.share(phase);
    bar += fmt::format("<i style=\"background:{};width:{:.2f}%\"></i>", color_of(kColors[i]), 100 * share);
    rows += fmt::format("<tr>{}<td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
                        html_marked_cell(color_of(kColors[i]), name_of_phase(phase)),
                        duration_text(history.phases[phase]), share_text(share));
  }
  rows += fmt::format("<tr class=\"sum\"><td>all</td><td class=\"number\">{}</td><td></td></tr>\n",
                      duration_text(history.seconds()));
  return bar + "</div>\n<table>\n" + rows + "</table>\n";
}

}  // namespace

std::string name_of_phase(Phase phase) {
  if (phase == Phase::data_wait) return "waiting for data";
  return std::string(kPhaseNames[static_cast<std::size_t>(phase)]);
}

std::string time_html(const RunHistory& history) {
  if (history.seconds() <= 0) return "<p class=\"faint\">No line about steps yet.</p>\n";
  return "<div class=\"plots\">\n" + to_html(plot_of(history)) + "<div>\n" + totals(history) + "</div></div>\n";
}

}  // namespace seg
