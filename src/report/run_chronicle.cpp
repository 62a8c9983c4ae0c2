// SPDX-License-Identifier: Apache-2.0
#include "report/run_chronicle.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "base/counted.h"
#include "base/text.h"
#include "report/html.h"
#include "report/kept_config.h"
#include "report/line_plot.h"

namespace seg {
namespace {

constexpr std::size_t kLongest = 1500;  // bytes of what an event tells

std::string members_text(const EventFacts& event) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : event.members) parts.push_back(fmt::format("{} = {}", name, value));
  return joined(parts, "; ");
}

// What the machine's table tells is not told again.
std::string details(const EventFacts& event) {
  if (!event.begins_part()) return members_text(event);
  const std::string* const host = event.member("host");
  return host == nullptr ? "" : "on " + *host;
}

// `argv` as one line to read; it was kept as a list.
std::string command_text(const std::string& argv) {
  std::string text = "segtrain";
  for (const std::string& word : quoted_texts(argv)) text += ' ' + word;
  return text;
}

std::string finding_html(const FindingFacts& finding) {
  std::string advice = html_escaped(finding.advice, kLongest);
  if (!finding.change.empty()) advice += " <code>" + html_escaped(finding.change, kLongest) + "</code>";
  if (std::isfinite(finding.expected_speedup)) advice += fmt::format("; expected {:.2f}x", finding.expected_speedup);
  if (std::isfinite(finding.verified_speedup))
    advice += fmt::format("; measured {:.2f}x: {}", finding.verified_speedup, finding.is_applied ? "kept" : "not kept");
  return fmt::format("<div class=\"warning\"><b>{}</b>: {}<div>{}</div></div>\n", html_escaped(finding.rule),
                     html_escaped(finding.evidence, kLongest), advice);
}

}  // namespace

std::string utc_text(double unix_time) {
  constexpr double kLast = 253402300799.0;  // of the year 9999
  if (!(unix_time >= 0 && unix_time <= kLast)) return "–";
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(static_cast<std::time_t>(unix_time)));
}

std::string chronicle_html(const RunHistory& history) {
  constexpr std::size_t kShown = 200;
  std::vector<const EventFacts*> shown;
  std::int64_t num_checkpoints = 0;
  for (const EventFacts& event : history.events)
    if (event.what == "checkpoint")
      ++num_checkpoints;
    else
      shown.push_back(&event);
  std::int64_t left_out = history.left_out_events;
  if (shown.size() > kShown) {
    left_out += static_cast<std::int64_t>(shown.size() - kShown);
    shown.erase(shown.begin() + kShown / 2, shown.end() - kShown / 2);
  }
  std::string html =
      "<div class=\"wide\"><table>\n<tr><th>when</th><th class=\"number\">step</th><th>what</th><th></th></tr>\n";
  for (const EventFacts* const event : shown)
    html += fmt::format("<tr><td>{}</td><td class=\"number\">{}</td><td>{}</td><td class=\"any\">{}</td></tr>\n",
                        utc_text(event->time), figure_text(event->step), html_escaped(event->what),
                        html_escaped(details(*event), kLongest));
  html += "</table></div>\n<p class=\"faint\">" + counted(num_checkpoints, "checkpoint") + ", " +
          counted(history.evaluations.size(), "evaluation");
  if (left_out > 0) html += ", " + counted(left_out, "event") + " in the middle left out";
  if (history.skipped_samples > 0) html += ", " + figure_text(history.skipped_samples) + " bad samples skipped";
  if (history.skipped_steps > 0) html += ", " + figure_text(history.skipped_steps) + " steps skipped in fp16";
  if (history.broken_lines > 0) html += ", " + counted(history.broken_lines, "line") + " of metrics.jsonl unreadable";
  return html + ".</p>\n";
}

std::string findings_html(const RunHistory& history) {
  std::string html;
  if (!history.tried_findings.empty()) {
    html += "<p>Before it began, by auto_tune:</p>\n";
    for (const FindingFacts& finding : history.tried_findings) html += finding_html(finding);
  }
  if (!history.final_findings.empty()) {
    html += "<p>At the end:</p>\n";
    for (const FindingFacts& finding : history.final_findings) html += finding_html(finding);
  }
  if (!history.findings.empty()) {
    html +=
        "<p class=\"faint\">While it ran:</p>\n<div class=\"wide\"><table>\n"
        "<tr><th class=\"number\">step</th><th>finding</th><th></th></tr>\n";
    for (const FindingFacts& finding : history.findings)
      html += fmt::format("<tr><td class=\"number\">{}</td><td>{}</td><td class=\"any\">{}</td></tr>\n",
                          figure_text(finding.step), html_escaped(finding.rule),
                          finding.has_gone ? "no longer holds" : html_escaped(finding.evidence, kLongest));
    html += "</table></div>\n";
  }
  return html;
}

std::string machine_html(const RunHistory& history) {
  const EventFacts* part = nullptr;
  for (const EventFacts& event : history.events)
    if (event.begins_part()) part = &event;
  if (part == nullptr) return "<p class=\"faint\">No line about the start.</p>\n";
  std::string html = "<div class=\"wide\"><table>\n";
  for (const auto& [name, value] : part->members)
    html += fmt::format("<tr><td>{}</td><td class=\"any\">{}</td></tr>\n", html_escaped(name),
                        html_escaped(name == "argv" ? command_text(value) : value));
  return html + "</table></div>\n";
}

}  // namespace seg
