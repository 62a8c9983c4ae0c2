// SPDX-License-Identifier: Apache-2.0
#include "report/run_classes.h"

#include <gtest/gtest.h>

#include "tests/report/run_lines.h"
#include "tests/report/well_formed.h"

namespace seg {
namespace {

using testing::evaluation_line;

RunHistory three_evaluations() {
  return history_of(testing::start_line(1, {{"class_names", {"<sky>", "road"}}}) + evaluation_line(10, 2, 0.25) +
                        evaluation_line(20, 3, 0.75) + evaluation_line(30, 4, 0.5),
                    "ss");
}

TEST(RunClasses, TellLastAndBest) {
  const RunHistory history = three_evaluations();
  const std::string html = classes_html(history, "ss", ClassLooks(history, {}));
  testing::expect_well_formed(html);
  EXPECT_NE(html.find("Last: step 30. Best: step 20."), std::string::npos);
  const std::size_t row = html.find("&lt;sky&gt;");
  ASSERT_NE(row, std::string::npos);
  EXPECT_LT(html.find("50.00", row), html.find("75.00", row));
  EXPECT_NE(html.find("width:50.0%"), std::string::npos);
  EXPECT_NE(html.find("aria-label=\"from 25.00 to 50.00\""), std::string::npos);
  EXPECT_NE(html.find("road</td><td class=\"number\">–"), std::string::npos) << "an absent class";
}

TEST(RunClasses, FiguresOfTheLastAndTheBestByProtocol) {
  const std::string html = protocols_html(three_evaluations(), "ss");
  testing::expect_well_formed(html);
  EXPECT_NE(html.find("last, step 30</td><td>ss</td><td class=\"number\">50.00"), std::string::npos);
  EXPECT_NE(html.find("best, step 20</td><td>ss</td><td class=\"number\">75.00"), std::string::npos);
}

TEST(RunClasses, WithoutEvaluationsSaySo) {
  const RunHistory none;
  EXPECT_NE(protocols_html(none, "ss").find("No evaluation yet"), std::string::npos);
  EXPECT_NE(classes_html(none, "ss", ClassLooks(none, {})).find("No evaluation with classes yet"), std::string::npos);
  const RunHistory other = history_of(evaluation_line(1, 1, 0.5, "msf"), "ss");
  EXPECT_NE(classes_html(other, "ss", ClassLooks(other, {})).find("No evaluation with classes yet"), std::string::npos);
}

TEST(RunClasses, AMeanThatIsUnknownDoesNoHarm) {
  const RunHistory history = history_of(
      testing::line({{"event", "eval"}, {"step", 1}, {"protocols", {{"ss", {{"iou", {nullptr, 0.5}}}}}}}), "ss");
  testing::expect_well_formed(classes_html(history, "ss", ClassLooks(history, {})));
}

}  // namespace
}  // namespace seg
