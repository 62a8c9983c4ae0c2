// SPDX-License-Identifier: Apache-2.0
#include "report/comparison_page.h"

#include <gtest/gtest.h>

#include "tests/report/compared_runs.h"
#include "tests/report/well_formed.h"

namespace seg {
namespace {

TEST(ComparisonPage, LaysCurvesOverEachOtherAndHoldsTheTables) {
  const std::string html = comparison_page(testing::four_runs());
  const std::size_t begin = html.find("<body>") + 6;
  testing::expect_well_formed(html.substr(begin, html.find("</body>") - begin));
  EXPECT_EQ(testing::count_of(html, "<h1>4 runs compared</h1>"), 1u);
  EXPECT_EQ(testing::count_of(html, "mIoU by ss, %</figcaption>"), 2u) << "one for each set of conditions";
  for (const char* const part :
       {"Loss, smoothed", "Images per second", "keys that differ", "mean of 2 seeds", "&lt;d&gt;&amp;_"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
  EXPECT_EQ(html.find("<d>"), std::string::npos);
}

}  // namespace
}  // namespace seg
