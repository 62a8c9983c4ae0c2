// SPDX-License-Identifier: Apache-2.0
#include "report/comparison_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/counted.h"
#include "base/csv.h"
#include "base/text.h"
#include "report/line_plot.h"
#include "report/main_figures.h"
#include "report/run_time.h"

namespace seg {
namespace {

constexpr const char* kUnknownText = "-";

using Row = std::vector<std::string>;

std::string percent_text(double share) { return std::isfinite(share) ? percent(share, 2) : kUnknownText; }
std::string number_text(double value) { return std::isfinite(value) ? figure_text(value) : kUnknownText; }

std::string mean_text(const std::vector<double>& values, const std::function<std::string(double)>& text) {
  const auto mean = mean_of(values);
  return mean ? text(mean->mean) + " ± " + text(mean->deviation) : kUnknownText;
}

std::string group_name(const RunComparison& comparison, const std::vector<std::size_t>& members) {
  Row names;
  for (const std::size_t i : members) names.push_back(comparison.runs()[i].name);
  return "mean of " + counted(members.size(), "seed") + ": " + joined(names, ", ");
}

double last_loss(const ComparedRun& run) {
  return run.history.steps.empty() ? kUnknown : run.history.steps.back().loss;
}

std::string state_of(const ComparedRun& run) {
  const std::string reason = run.history.end_reason();
  return reason.empty() ? "no end yet" : reason;
}

ComparisonTable run_table(const RunComparison& comparison) {
  ComparisonTable table{.title = "runs",
                        .rows = {{"run", "images/s", "10 % to 90 %", "steps", "last loss", "time", "end"}}};
  for (const ComparedRun& run : comparison.runs()) {
    const SpeedFacts speed = speed_of(run.history);
    table.rows.push_back({run.name, number_text(speed.median),
                          number_text(speed.low) + " to " + number_text(speed.high),
                          number_text(run.history.last_step()), number_text(last_loss(run)),
                          duration_text(run.history.seconds()), state_of(run)});
  }
  for (const auto& members : comparison.seed_groups()) {
    std::vector<double> speeds, losses;
    for (const std::size_t i : members) {
      speeds.push_back(speed_of(comparison.runs()[i].history).median);
      losses.push_back(last_loss(comparison.runs()[i]));
    }
    table.rows.push_back({group_name(comparison, members), mean_text(speeds, figure_text), "",
                          number_text(comparison.runs()[members.front()].history.last_step()),
                          mean_text(losses, figure_text), "", ""});
  }
  return table;
}

ComparisonTable key_table(const RunComparison& comparison) {
  ComparisonTable table{.title = "keys that differ", .rows = {{"key"}}, .holds_texts = true};
  for (const ComparedRun& run : comparison.runs()) table.rows.front().push_back(run.name);
  for (const DifferentKey& difference : comparison.differences()) {
    table.rows.push_back({difference.key});
    for (const std::string& value : difference.values)
      table.rows.back().push_back(value.empty() ? kUnknownText : value);
  }
  return table;
}

bool is_measured(const ProtocolComparison& protocol, const char* figure) {
  return std::ranges::any_of(protocol.runs,
                             [&](const BestFigures& one) { return std::isfinite(one.facts->figure(figure)); });
}

// A mean only if all of the group were evaluated by it.
void add_groups(const RunComparison& comparison, const ProtocolComparison& protocol, ComparisonTable& table) {
  for (const auto& members : comparison.seed_groups()) {
    std::vector<const ProtocolFacts*> facts;
    for (const BestFigures& one : protocol.runs)
      if (std::ranges::count(members, one.run) != 0) facts.push_back(one.facts);
    if (facts.size() != members.size()) continue;
    Row row = {group_name(comparison, members), ""};
    for (const char* const figure : kMainFigures) {
      if (!is_measured(protocol, figure)) continue;
      std::vector<double> values;
      for (const ProtocolFacts* const one : facts) values.push_back(one->figure(figure));
      row.push_back(mean_text(values, percent_text));
    }
    table.rows.push_back(std::move(row));
  }
}

ComparisonTable protocol_table(const RunComparison& comparison, const ProtocolComparison& protocol) {
  Row conditions;
  for (const auto& [key, value] : protocol.conditions) conditions.push_back(fmt::format("{} = {}", key, value));
  ComparisonTable table{.title = "best by " + protocol.protocol + ", %" +
                                 (conditions.empty() ? "" : " (" + joined(conditions, ", ") + ")"),
                        .rows = {{"run", "step"}}};
  for (const char* const figure : kMainFigures)
    if (is_measured(protocol, figure)) table.rows.front().push_back(name_of_figure(figure));
  for (const BestFigures& one : protocol.runs) {
    Row row = {comparison.runs()[one.run].name, figure_text(one.step)};
    for (const char* const figure : kMainFigures)
      if (is_measured(protocol, figure)) row.push_back(percent_text(one.facts->figure(figure)));
    table.rows.push_back(std::move(row));
  }
  add_groups(comparison, protocol, table);
  return table;
}

ComparisonTable phase_table(const RunComparison& comparison) {
  ComparisonTable table{.title = "shares of the time, %", .rows = {{"phase"}}};
  for (const ComparedRun& run : comparison.runs()) table.rows.front().push_back(run.name);
  for (std::size_t i = 0; i < kNumPhases; ++i) {
    table.rows.push_back({name_of_phase(static_cast<Phase>(i))});
    for (const ComparedRun& run : comparison.runs())
      table.rows.back().push_back(percent(run.history.phases.share(static_cast<Phase>(i)), 1));
  }
  return table;
}

std::string csv_row(const Row& row) {
  Row fields;
  for (const std::string& text : row) fields.push_back(csv_field(text));
  return joined(fields, ",") + "\r\n";
}

std::string csv_number(double value) { return std::isfinite(value) ? shortest(value) : ""; }

std::string latex_escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
      case '%':
      case '$':
      case '#':
      case '_':
      case '{':
      case '}': result += std::string("\\") + c; break;
      case '\\': result += "\\textbackslash{}"; break;
      case '~': result += "\\textasciitilde{}"; break;
      case '^': result += "\\textasciicircum{}"; break;
      case '<': result += "\\textless{}"; break;
      case '>': result += "\\textgreater{}"; break;
      case '"': result += "\\textquotedbl{}"; break;
      default: result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
  }
  constexpr std::string_view kPlusMinus = "±";
  for (std::size_t i = result.find(kPlusMinus); i != std::string::npos; i = result.find(kPlusMinus, i))
    result.replace(i, kPlusMinus.size(), "$\\pm$");
  return result;
}

}  // namespace

std::vector<ComparisonTable> tables_of(const RunComparison& comparison) {
  std::vector<ComparisonTable> tables = {run_table(comparison)};
  if (!comparison.differences().empty()) tables.push_back(key_table(comparison));
  for (const ProtocolComparison& protocol : comparison.protocols())
    tables.push_back(protocol_table(comparison, protocol));
  tables.push_back(phase_table(comparison));
  return tables;
}

std::string to_csv(const RunComparison& comparison) {
  Row head = {"run",
              "end",
              "steps",
              "last_loss",
              "seconds",
              "images_per_second",
              "images_per_second_10",
              "images_per_second_90"};
  std::vector<Row> rows;
  for (const ComparedRun& run : comparison.runs()) {
    const SpeedFacts speed = speed_of(run.history);
    rows.push_back({run.name, state_of(run), csv_number(run.history.last_step()), csv_number(last_loss(run)),
                    csv_number(run.history.seconds()), csv_number(speed.median), csv_number(speed.low),
                    csv_number(speed.high)});
  }
  for (std::size_t k = 0; k < comparison.protocols().size(); ++k) {
    const ProtocolComparison& protocol = comparison.protocols()[k];
    const auto before = std::ranges::count_if(comparison.protocols().begin(),
                                              comparison.protocols().begin() + static_cast<std::ptrdiff_t>(k),
                                              [&](const auto& one) { return one.protocol == protocol.protocol; });
    // Figures that are not to be compared stand in columns of their own: ss, ss#2, …
    const std::string name = protocol.protocol + (before > 0 ? "#" + std::to_string(before + 1) : "");
    head.push_back(name + ".step");
    for (const char* const figure : kMainFigures) head.push_back(name + "." + figure);
    for (Row& row : rows) row.resize(head.size());
    for (const BestFigures& one : protocol.runs) {
      const std::size_t first = head.size() - kMainFigures.size() - 1;
      rows[one.run][first] = csv_number(one.step);
      for (std::size_t i = 0; i < kMainFigures.size(); ++i)
        rows[one.run][first + 1 + i] = csv_number(one.facts->figure(kMainFigures[i]));
    }
  }
  for (std::size_t i = 0; i < kNumPhases; ++i) {
    head.push_back("phases." + std::string(kPhaseNames[i]));
    for (std::size_t r = 0; r < rows.size(); ++r)
      rows[r].push_back(csv_number(comparison.runs()[r].history.phases.share(static_cast<Phase>(i))));
  }
  for (const DifferentKey& difference : comparison.differences()) {
    head.push_back(difference.key);
    for (std::size_t r = 0; r < rows.size(); ++r) rows[r].push_back(difference.values[r]);
  }
  std::string text = csv_row(head);
  for (const Row& row : rows) text += csv_row(row);
  return text;
}

std::string to_latex(const std::vector<ComparisonTable>& tables) {
  std::string text;
  for (const ComparisonTable& table : tables) {
    const std::size_t columns = table.rows.front().size();
    text += "% " + latex_escaped(table.title) + "\n\\begin{tabular}{l" +
            std::string(columns - 1, table.holds_texts ? 'l' : 'r') + "}\n\\hline\n";
    for (const Row& row : table.rows) {
      Row cells;
      for (const std::string& cell : row) cells.push_back(latex_escaped(cell));
      text += joined(cells, " & ") + " \\\\\n";
      if (&row == table.rows.data()) text += "\\hline\n";
    }
    text += "\\hline\n\\end{tabular}\n\n";
  }
  return text;
}

}  // namespace seg
