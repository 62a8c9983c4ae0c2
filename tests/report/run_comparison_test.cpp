// SPDX-License-Identifier: Apache-2.0
#include "report/run_comparison.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "tests/report/compared_runs.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::compared_run;
using testing::config_of;

TEST(RunComparison, KeysThatDifferAreToldButNotWhereARunWrites) {
  const RunComparison comparison = testing::four_runs();
  ASSERT_EQ(comparison.differences().size(), 3u);
  EXPECT_EQ(comparison.differences()[0].key, "seed");
  EXPECT_EQ(comparison.differences()[1].key, "lr_start");
  EXPECT_EQ(comparison.differences()[1].values, (std::vector<std::string>{"0.1", "0.1", "0.2", "0.2"}));
  EXPECT_EQ(comparison.differences()[2].key, "absent_class");
}

TEST(RunComparison, AKeyThatARunDoesNotKnowDiffers) {
  std::vector<ComparedRun> runs;
  runs.push_back(compared_run("a", "seed = 1\n", 0.5));
  runs.push_back(compared_run("b", "seed = 1\nnew_key = 3\n", 0.5));
  const RunComparison comparison(std::move(runs));
  ASSERT_EQ(comparison.differences().size(), 1u);
  EXPECT_EQ(comparison.differences()[0].values, (std::vector<std::string>{"", "3"}));
}

TEST(RunComparison, RunsOfOtherProtocolsAndConditionsAreNotCompared) {
  const RunComparison comparison = testing::four_runs();
  ASSERT_EQ(comparison.protocols().size(), 2u) << "ss, with absent classes left out or counted";
  EXPECT_EQ(comparison.protocols()[0].runs.size(), 3u);
  EXPECT_EQ(comparison.protocols()[1].runs.size(), 1u);
  EXPECT_EQ(comparison.protocols()[1].runs[0].run, 3u);
  using Conditions = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(comparison.protocols()[1].conditions, (Conditions{{"absent_class", "\"zero\""}}));

  std::vector<ComparedRun> runs;
  runs.push_back(compared_run("a", config_of(1, "eval_scales = [1.0]\n"), 0.5, 10, "ss"));
  runs.push_back(compared_run("b", config_of(1, "eval_scales = [2.0]\n"), 0.5, 10, "ss"));
  runs.push_back(compared_run("c", config_of(1, "eval_scales = [1.0]\n"), 0.5, 10, "msf"));
  runs.push_back(compared_run("d", config_of(1, "eval_scales = [2.0]\n"), 0.5, 10, "msf"));
  const RunComparison scales(std::move(runs));
  ASSERT_EQ(scales.protocols().size(), 3u) << "scales are nothing to ss";
  EXPECT_EQ(scales.protocols()[0].runs.size(), 2u);
  EXPECT_TRUE(scales.protocols()[0].conditions.empty());
}

TEST(RunComparison, TheBestEvaluationCounts) {
  const RunComparison comparison = testing::four_runs();
  const BestFigures& best = comparison.protocols()[0].runs[1];
  EXPECT_EQ(best.run, 1u);
  EXPECT_EQ(best.step, 20);
  EXPECT_EQ(best.facts->figure("miou"), 0.6);
}

TEST(RunComparison, RunsThatAreEqualButForTheSeedAreAGroup) {
  EXPECT_EQ(testing::four_runs().seed_groups(), (std::vector<std::vector<std::size_t>>{{0, 1}}));
  std::vector<ComparedRun> runs;
  runs.push_back(compared_run("a", config_of(1), 0.5));
  runs.push_back(compared_run("again", config_of(1), 0.5));
  runs.push_back(compared_run("shorter", config_of(2), 0.5));
  runs.back().history.steps.pop_back();
  runs.push_back(compared_run("unknown", "", 0.5));
  runs.push_back(compared_run("unknown, too", "", 0.5));
  EXPECT_TRUE(RunComparison(std::move(runs)).seed_groups().empty())
      << "a seed twice, a run that is shorter, runs without configs";
}

TEST(RunComparison, SpeedsAreMedianAndSpreadWithoutTheFirstLine) {
  const SpeedFacts speed = speed_of(testing::four_runs().runs()[0].history);
  EXPECT_EQ(speed.median, 10) << "not that of the line that warmed up";
  EXPECT_EQ(speed.low, 10);
  EXPECT_TRUE(std::isnan(speed_of({}).median));
}

TEST(RunComparison, DeviationsAreThoseOfASample) {
  const auto mean = mean_of({2, kUnknown, 4, 6});
  ASSERT_TRUE(mean);
  EXPECT_DOUBLE_EQ(mean->mean, 4);
  EXPECT_DOUBLE_EQ(mean->deviation, 2);
  EXPECT_EQ(mean->count, 3u);
  EXPECT_DOUBLE_EQ(mean_of({3})->deviation, 0);
  EXPECT_FALSE(mean_of({kUnknown}));
}

TEST(RunComparison, FoldersAreReadAndNamedAsShortAsTellsThemApart) {
  const testing::TemporaryFolder base;
  for (const char* const name : {"x/run", "y/run", "y/other"}) {
    make_folder(base / name);
    write_file(base / name / "metrics.jsonl", testing::start_line(1));
    write_file(base / name / "config.toml", "seed = 1\neval_protocols = [\"msf\"]\n");
  }
  const std::vector<std::filesystem::path> folders = {base / "x/run", base / "y/run/", base / "y/other/."};
  const RunComparison comparison = read_runs(folders);
  ASSERT_EQ(comparison.runs().size(), 3u);
  EXPECT_EQ(comparison.runs()[0].name, (base / "x/run").string());
  EXPECT_EQ(comparison.runs()[2].name, "other");
  EXPECT_EQ(comparison.runs()[2].main_protocol, "msf");
  EXPECT_TRUE(comparison.protocols().empty());
}

TEST(RunComparison, AllFoldersThatWillNotDoAreTold) {
  const testing::TemporaryFolder base;
  write_file(base / "metrics.jsonl", testing::start_line(1));
  const std::vector<std::filesystem::path> folders = {base.path(), base / "absent", base / "./"};
  try {
    (void)read_runs(folders);
    FAIL();
  } catch (const UserError& error) {
    ASSERT_EQ(error.problems().size(), 2u);
    EXPECT_NE(error.problems()[0].what.find("metrics.jsonl"), std::string::npos);
    EXPECT_EQ(error.problems()[1].what, "is given twice");
  }
}

}  // namespace
}  // namespace seg
