// SPDX-License-Identifier: Apache-2.0
#include "report/run_curves.h"

#include <gtest/gtest.h>

#include "tests/report/run_lines.h"
#include "tests/report/well_formed.h"

namespace seg {
namespace {

using testing::count_of;

RunHistory run_of(int num_steps) {
  std::string text = testing::start_line(1000);
  for (int i = 1; i <= num_steps; ++i) text += testing::step_line(i, 1000 + i, 10.0 / i);
  return history_of(text + testing::evaluation_line(num_steps, 2000, 0.5), "ss");
}

TEST(RunCurves, AreThoseOfStepsAndEvaluations) {
  const RunHistory history = run_of(3);
  EXPECT_EQ(curve_over_steps(history, [](const StepFacts& facts) { return facts.loss; }),
            (Curve{{1, 10}, {2, 5}, {3, 10.0 / 3}}));
  EXPECT_EQ(curve_over_evaluations(history, "ss", "miou"), (Curve{{3, 0.5}}));
  EXPECT_TRUE(curve_over_evaluations(history, "ss", "boundary_iou").empty());
  EXPECT_TRUE(curve_over_evaluations(history, "msf", "miou").empty());
}

TEST(RunCurves, APlotForEachQuestion) {
  const std::string html = curves_html(run_of(3), "ss");
  testing::expect_well_formed(html);
  for (const char* const title : {">Loss<", ">Loss of each head<", ">Learning rate<", ">mIoU, %<",
                                  ">Other metrics by ss, %<", ">Images per second<", ">Memory, GB<", ">Gradient norm<"})
    EXPECT_EQ(count_of(html, title), 1u) << title;
  EXPECT_EQ(count_of(html, "Loss scale"), 0u) << "not in fp16";
  EXPECT_NE(html.find("group 1"), std::string::npos);
  EXPECT_EQ(html.find("group 0"), std::string::npos) << "that is the base rate";
  EXPECT_EQ(html.find("line raw"), std::string::npos) << "three points are not smoothed";
}

TEST(RunCurves, ManyPointsAreDrawnFaintlyWithALineThroughThem) {
  EXPECT_EQ(count_of(curves_html(run_of(100), "ss"), "line raw"), 5u) << "loss, two heads, norm, speed";
}

TEST(RunCurves, OfNothingSaySo) {
  const std::string html = curves_html({}, "ss");
  testing::expect_well_formed(html);
  EXPECT_GE(count_of(html, "no values yet"), 5u);
}

}  // namespace
}  // namespace seg
