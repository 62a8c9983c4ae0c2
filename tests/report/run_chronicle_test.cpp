// SPDX-License-Identifier: Apache-2.0
#include "report/run_chronicle.h"

#include <gtest/gtest.h>

#include "tests/report/run_lines.h"
#include "tests/report/well_formed.h"

namespace seg {
namespace {

using testing::line;

TEST(RunChronicle, TellsWhatHappenedInOrder) {
  const RunHistory history =
      history_of(testing::start_line(1795716250) +
                     line({{"event", "split"}, {"step", 3}, {"micro_batches", 2}, {"reason", "memory <ran> out"}}) +
                     line({{"event", "checkpoint"}, {"step", 4}, {"file", "x"}}) + testing::evaluation_line(4, 5, 0.5) +
                     line({{"event", "step"}, {"step", 5}, {"skipped", 2}, {"skipped_steps", 3}}) + "torn\n" +
                     testing::end_line(5, 1795716300, "SIGTERM"),
                 "ss");
  const std::string html = chronicle_html(history);
  testing::expect_well_formed(html);
  EXPECT_NE(html.find("2026-11-26 18:04 UTC"), std::string::npos);
  EXPECT_NE(html.find("micro_batches = 2; reason = memory &lt;ran&gt; out"), std::string::npos);
  EXPECT_LT(html.find(">split<"), html.find("reason = SIGTERM"));
  EXPECT_NE(html.find("1 checkpoint, 1 evaluation, 2 bad samples skipped, 3 steps skipped in fp16, 1 line of "
                      "metrics.jsonl unreadable."),
            std::string::npos)
      << html;
}

TEST(RunChronicle, NumbersAreRoundedAndWhatOnlyLooksLikeOneIsNot) {
  const std::string html = chronicle_html(history_of(
      line({{"event", "end"}, {"step", 4}, {"seconds", 21.449185217999}, {"version", "2.10"}, {"count", 123456}}),
      "ss"));
  EXPECT_NE(html.find("seconds = 21.45"), std::string::npos) << html;
  EXPECT_NE(html.find("version = 2.10"), std::string::npos) << html;
  EXPECT_NE(html.find("count = 123456"), std::string::npos) << html;
}

TEST(RunChronicle, OfVeryManyEventsTheMiddleIsLeftOut) {
  std::string text = testing::start_line(1);
  for (int i = 0; i < 1000; ++i) text += line({{"event", "split"}, {"step", i}});
  const std::string html = chronicle_html(history_of(text, "ss"));
  EXPECT_EQ(testing::count_of(html, "<tr>"), 201u);
  EXPECT_NE(html.find("801 events in the middle left out"), std::string::npos);
  EXPECT_NE(html.find(">999<"), std::string::npos);
}

TEST(RunChronicle, FindingsStandApart) {
  const RunHistory history = history_of(
      line({{"event", "finding"}, {"step", 7}, {"state", "come"}, {"rule", "starved"}, {"evidence", "waits <much>"}}) +
          line({{"event", "finding"}, {"step", 9}, {"state", "gone"}, {"rule", "starved"}, {"evidence", "waited"}}) +
          line({{"event", "end"},
                {"step", 9},
                {"reason", "finished"},
                {"findings",
                 {{{"rule", "tight"},
                   {"evidence", "9 of 10"},
                   {"advice", "more <workers>"},
                   {"change", {{"num_workers", 2}, {"cache", "ram"}}},
                   {"expected_speedup", 1.5}}}}}),
      "ss");
  const std::string html = findings_html(history);
  testing::expect_well_formed(html);
  EXPECT_NE(html.find("<b>tight</b>: 9 of 10<div>more &lt;workers&gt; <code>num_workers=2 cache=ram</code>; "
                      "expected 1.50x</div></div>"),
            std::string::npos)
      << html;
  EXPECT_LT(html.find("waits &lt;much&gt;"), html.find("no longer holds"));
  EXPECT_EQ(html.find("waited"), std::string::npos);
  const std::string chronicle = chronicle_html(history);
  EXPECT_EQ(chronicle.find("starved"), std::string::npos);
  EXPECT_EQ(chronicle.find("tight"), std::string::npos);
  EXPECT_EQ(findings_html({}), "");
}

TEST(RunChronicle, WhatWasTriedBeforeTheRunIsToldWithWhatCameOfIt) {
  const RunHistory history = history_of(line({{"event", "start"},
                                              {"step", 0},
                                              {"tried",
                                               {{{"rule", "cold"}, {"verified_speedup", 0.61}, {"is_applied", false}},
                                                {{"rule", "half"}, {"verified_speedup", 1.4}, {"is_applied", true}}}}}),
                                        "ss");
  const std::string html = findings_html(history);
  testing::expect_well_formed(html);
  EXPECT_NE(html.find("measured 0.61x: not kept"), std::string::npos) << html;
  EXPECT_NE(html.find("measured 1.40x: kept"), std::string::npos) << html;
  EXPECT_EQ(machine_html(history).find("cold"), std::string::npos);
}

TEST(RunChronicle, FindingsOfAnyShapeAreTaken) {
  const RunHistory history =
      history_of(line({{"event", "finding"}, {"step", "x"}, {"rule", 7}, {"change", 3}}) +
                     line({{"event", "end"}, {"findings", {1, nullptr, "text", {{"change", {{"a", {1, 2}}}}}}}}),
                 "ss");
  ASSERT_EQ(history.findings.size(), 1U);
  EXPECT_EQ(history.findings[0].rule, "");
  ASSERT_EQ(history.final_findings.size(), 4U);
  testing::expect_well_formed(findings_html(history));
}

TEST(RunChronicle, WhatAnEarlierPartFoundIsNotOfThePartThatWentOn) {
  const std::string first = line({{"event", "start"}, {"step", 0}}) +
                            line({{"event", "end"}, {"step", 5}, {"findings", {{{"rule", "few_workers"}}}}});
  EXPECT_EQ(history_of(first, "ss").final_findings.size(), 1U);
  const std::string second = line({{"event", "resume"}, {"step", 5}});
  EXPECT_TRUE(history_of(first + second, "ss").final_findings.empty());
  const std::string failed = line({{"event", "end"}, {"step", 7}, {"reason", "error"}});
  EXPECT_TRUE(history_of(first + second + failed, "ss").final_findings.empty());
}

TEST(RunChronicle, TheMachineIsThatOfTheLastPart) {
  const RunHistory history = history_of(
      testing::start_line(1) + line({{"event", "resume"}, {"step", 2}, {"host", "there"}, {"argv", {"train", "a\"b"}}}),
      "ss");
  const std::string html = machine_html(history);
  testing::expect_well_formed(html);
  EXPECT_NE(html.find("there"), std::string::npos);
  EXPECT_NE(html.find("segtrain train a&quot;b"), std::string::npos) << html;
  EXPECT_NE(machine_html({}).find("No line about the start"), std::string::npos);
}

TEST(RunChronicle, TimesThatCannotBeAreADash) {
  EXPECT_EQ(utc_text(0), "1970-01-01 00:00 UTC");
  for (const double time : {kUnknown, -1.0, 1e300}) EXPECT_EQ(utc_text(time), "–");
}

}  // namespace
}  // namespace seg
