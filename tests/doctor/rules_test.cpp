// SPDX-License-Identifier: Apache-2.0
#include "doctor/rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/file.h"
#include "tests/doctor/judged.h"
#include "tests/support/environment.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

TEST(Rules, FindNothingInAHealthyRun) {
  for (const Finding& finding : findings_of(testing::healthy_figures()))
    ADD_FAILURE() << finding.rule << ": " << finding.evidence;
}

TEST(Rules, FindNothingWhereNothingIsKnown) { EXPECT_TRUE(findings_of({}).empty()); }

TEST(Rules, HaveNamesOfTheirOwnThatThePageExplains) {
  const std::string page = read_text(testing::source_folder() / "docs/measuring.md");
  std::set<std::string_view> names;
  for (const auto kind : rules()) {
    for (const Rule& rule : kind) {
      EXPECT_TRUE(names.insert(rule.name).second) << rule.name;
      const std::string row = "| `" + std::string(rule.name) + "` | " + std::string(rule.when) + " |";
      EXPECT_TRUE(testing::contains(page, row)) << row;
    }
  }
  EXPECT_EQ(names.size(), 26u);
}

TEST(Rules, SortByWhatIsExpectedWithDangersFirst) {
  Figures figures = testing::starved_figures();
  figures.asked_workers = 12;
  figures.swapped_bytes = testing::kGigabyte;
  const std::vector<Finding> findings = findings_of(figures);
  ASSERT_GE(findings.size(), 4u);
  EXPECT_EQ(findings.front().rule, "swapping");
  EXPECT_EQ(findings[1].rule, "cache_in_memory");
  EXPECT_EQ(findings[2].rule, "more_workers");
  EXPECT_EQ(findings.back().rule, "workers_do_not_fit");
}

// As `./dev doctor-cases --record` has kept them, each with the rules of which one must come first and with what its
// cure gained.
TEST(Rules, JudgeRecordedCasesAsTheyWereStaged) {
  std::size_t num_cases = 0;
  std::vector<double> differences;
  for (const auto& file : std::filesystem::directory_iterator(testing::source_folder() / "tests/doctor/figures")) {
    const nlohmann::json recorded = nlohmann::json::parse(read_text(file.path()));
    const std::vector<Finding> findings = findings_of(figures_from(recorded.at("figures")));
    const auto expected = recorded.at("first").get<std::vector<std::string>>();
    const std::string first = findings.empty() ? "" : findings.front().rule;
    EXPECT_TRUE(expected.empty() ? first.empty() : std::ranges::count(expected, first) == 1)
        << file.path().filename() << ": " << first;
    ++num_cases;
    const nlohmann::json verified = recorded.value("verified_speedup", nlohmann::json());
    if (findings.empty() || !findings.front().expected_speedup || verified.is_null()) continue;
    differences.push_back(std::abs(*findings.front().expected_speedup - verified.get<double>()));
  }
  EXPECT_GE(num_cases, 8u);
  ASSERT_GE(differences.size(), 6u);
  std::ranges::sort(differences);
  EXPECT_LT(differences[differences.size() / 2], 0.15);
}

// With any one figure unknown, and with each of them at the ends of what it can be, rules neither throw nor promise
// what is no number.
TEST(Rules, BearWhateverFiguresSay) {
  for (const Figures& figures : {testing::healthy_figures(), testing::starved_figures()}) {
    const nlohmann::json all = to_json(figures);
    for (const auto& [name, value] : all.items()) {
      std::vector<nlohmann::json> others = {nullptr};
      if (value.is_number()) others = {nullptr, 0, 1, 1000};
      for (const nlohmann::json& other : others) {
        nlohmann::json changed = all;
        changed[name] = other;
        if (value.is_object()) changed.erase(name);
        for (const Finding& finding : findings_of(figures_from(changed))) {
          EXPECT_FALSE(finding.evidence.empty() || finding.advice.empty()) << name;
          EXPECT_TRUE(finding.expected_speedup.value_or(1) >= 1) << name << ": " << finding.evidence;
          EXPECT_NO_THROW((void)to_json(finding)) << name;
        }
      }
    }
  }
}

}  // namespace
}  // namespace seg
