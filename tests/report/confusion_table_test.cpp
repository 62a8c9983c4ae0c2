// SPDX-License-Identifier: Apache-2.0
#include "report/confusion_table.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/report/well_formed.h"

namespace seg {
namespace {

const ClassLooks& looks() {
  static const ClassLooks looks(
      [] {
        RunHistory history;
        history.class_names = {"<sky>", "road", "car"};
        return history;
      }(),
      {});
  return looks;
}

TEST(ConfusionTable, CellsAreSharesOfTheLabel) {
  const std::string html = confusion_html({{90, 10, 0}, {0, 200, 0}, {0, 0, 0}}, looks());
  testing::expect_well_formed(html);
  EXPECT_NE(html.find("rgba(var(--good),0.71)\">90<"), std::string::npos) << html;
  EXPECT_NE(html.find("rgba(var(--bad),0.24)\">10<"), std::string::npos);
  EXPECT_NE(html.find("\">100<"), std::string::npos);
  EXPECT_NE(html.find("<td>&lt;sky&gt;</td><td>road</td><td class=\"number\">10.00</td><td class=\"number\">100.00"),
            std::string::npos);
}

TEST(ConfusionTable, TheCostliestComeFirst) {
  const std::string html = confusion_html({{0, 30, 0}, {0, 0, 60}, {10, 0, 0}}, looks());
  const std::size_t list = html.find("Costliest");
  const std::size_t first = html.find("60.00", list), second = html.find("30.00", list),
                    third = html.find("10.00", list);
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos);
}

TEST(ConfusionTable, OfManyClassesItIsAPicture) {
  std::vector<std::vector<double>> matrix(kMostClassesInTable + 1, std::vector<double>(kMostClassesInTable + 1, 1));
  const std::string html = confusion_html(matrix, looks());
  testing::expect_well_formed(html);
  EXPECT_NE(html.find("class=\"pixels\""), std::string::npos);
  EXPECT_EQ(html.find("class=\"matrix\""), std::string::npos);
  EXPECT_EQ(testing::count_of(html, "<tr>"), 13u) << "the list of confusions stays short";
}

TEST(ConfusionTable, OddMatricesDoNoHarm) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  testing::expect_well_formed(confusion_html({{kNan, -5}, {}, {1, 2, 3, 4, 5}}, looks()));
  EXPECT_NE(confusion_html({}, looks()).find("No confusion matrix yet"), std::string::npos);
}

}  // namespace
}  // namespace seg
