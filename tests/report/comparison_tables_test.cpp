// SPDX-License-Identifier: Apache-2.0
#include "report/comparison_tables.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "tests/report/compared_runs.h"

namespace seg {
namespace {

using Row = std::vector<std::string>;
using testing::end_line;
using testing::evaluation_line;
using testing::start_line;
using testing::step_line;

const ComparisonTable& table_of(const std::vector<ComparisonTable>& tables, const std::string& title) {
  const auto found = std::ranges::find(tables, title, &ComparisonTable::title);
  if (found == tables.end()) throw std::runtime_error("no table " + title);
  return *found;
}

TEST(ComparisonTables, HoldEachRunAndTheMeansOfSeeds) {
  const std::vector<ComparisonTable> tables = tables_of(testing::four_runs());
  const ComparisonTable& runs = table_of(tables, "runs");
  ASSERT_EQ(runs.rows.size(), 6u);
  EXPECT_EQ(runs.rows[1], (Row{"a", "10", "10 to 10", "20", "4", "23 s", "finished"}));
  EXPECT_EQ(runs.rows[5][0], "mean of 2 seeds: a, b");
  EXPECT_EQ(runs.rows[5][1], "12 ± 2.828");

  const ComparisonTable& best = table_of(tables, "best by ss, % (absent_class = \"nan\")");
  EXPECT_EQ(best.rows[0], (Row{"run", "step", "mIoU", "pixel accuracy", "macro F1"})) << "no boundaries were measured";
  ASSERT_EQ(best.rows.size(), 5u);
  EXPECT_EQ(best.rows[2], (Row{"b", "20", "60.00", "90.00", "70.00"}));
  EXPECT_EQ(best.rows[4], (Row{"mean of 2 seeds: a, b", "", "55.00 ± 7.07", "90.00 ± 0.00", "70.00 ± 0.00"}));
  EXPECT_EQ(table_of(tables, "best by ss, % (absent_class = \"zero\")").rows.size(), 2u);

  EXPECT_EQ(table_of(tables, "keys that differ").rows[1], (Row{"seed", "1", "2", "1", "1"}));
  EXPECT_EQ(table_of(tables, "shares of the time, %").rows.size(), kNumPhases + 1);
}

TEST(ComparisonTables, OfRunsWithoutAnythingTheyHoldDashes) {
  std::vector<ComparedRun> runs(2);
  runs[0].name = "a";
  runs[1].name = "b";
  const std::vector<ComparisonTable> tables = tables_of(RunComparison(std::move(runs)));
  ASSERT_EQ(tables.size(), 2u) << "no keys, no protocols";
  EXPECT_EQ(tables[0].rows[1], (Row{"a", "-", "- to -", "-", "-", duration_text(0), "no end yet"}));
}

TEST(ComparisonTables, ARunHasTheStepsOfItsEndThatNoLineIsAbout) {
  std::vector<ComparedRun> runs(2);
  runs[0].name = "stopped";
  runs[1].name = "went on";
  runs[0].history = history_of(
      start_line(0) + step_line(10, 5, 8) + evaluation_line(11, 6, 0.5) + end_line(11, 7, "early_stop"), "ss");
  runs[1].history = history_of(start_line(0) + end_line(4, 2, "signal") + start_line(3) + step_line(10, 5, 8), "ss");
  const RunComparison comparison(std::move(runs));
  const std::vector<ComparisonTable> tables = tables_of(comparison);
  EXPECT_EQ(table_of(tables, "runs").rows[1][3], "11");
  EXPECT_EQ(table_of(tables, "runs").rows[2][3], "10");
  EXPECT_NE(to_csv(comparison).find("stopped,early_stop,11,8,"), std::string::npos) << to_csv(comparison);
}

TEST(ComparisonTables, CsvHasARowForEachRunAndAColumnForWhatCanBeCompared) {
  const std::string csv = to_csv(testing::four_runs());
  std::vector<std::string> lines;
  for (std::size_t begin = 0, end = 0; (end = csv.find("\r\n", begin)) != std::string::npos; begin = end + 2)
    lines.push_back(csv.substr(begin, end - begin));
  ASSERT_EQ(lines.size(), 5u);
  const auto fields = std::ranges::count(lines[0], ',');
  for (const std::string& one : lines) EXPECT_EQ(std::ranges::count(one, ','), fields) << one;
  EXPECT_EQ(lines[0].find("run,end,steps,last_loss,seconds,images_per_second,"), 0u);
  EXPECT_NE(lines[0].find(",ss.step,ss.miou,"), std::string::npos);
  EXPECT_NE(lines[0].find(",ss#2.step,ss#2.miou,"), std::string::npos);
  EXPECT_EQ(lines[2].find("b,finished,20,4,23,14,14,14,20,0.6,"), 0u) << lines[2];
  EXPECT_NE(lines[4].find(",\"\"\"zero\"\"\""), std::string::npos) << "quotes are doubled";
  EXPECT_EQ(lines[4].find("<d>&_,finished,20,4,23,8,8,8,,,,,,,,,20,0.4,"), 0u) << lines[4];
}

TEST(ComparisonTables, LatexIsEscaped) {
  const std::string latex = to_latex(tables_of(testing::four_runs()));
  EXPECT_NE(latex.find("\\textless{}d\\textgreater{}\\&\\_ & 20 & 40.00"), std::string::npos) << latex;
  EXPECT_NE(latex.find("55.00 $\\pm$ 7.07"), std::string::npos);
  EXPECT_NE(latex.find("\\begin{tabular}{lrrrrrr}"), std::string::npos);
  EXPECT_NE(latex.find("lr\\_start & 0.1 & 0.1"), std::string::npos);
  std::size_t begins = 0, ends = 0;
  for (std::size_t i = 0; (i = latex.find("\\begin{", i)) != std::string::npos; ++i) ++begins;
  for (std::size_t i = 0; (i = latex.find("\\end{", i)) != std::string::npos; ++i) ++ends;
  EXPECT_EQ(begins, ends);
}

}  // namespace
}  // namespace seg
