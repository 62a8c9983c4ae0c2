// SPDX-License-Identifier: Apache-2.0
#include "report/plot_frame.h"

#include <gtest/gtest.h>

#include "tests/report/well_formed.h"

namespace seg {
namespace {

TEST(PlotFrame, ColorsBeginAgainWhereTheyEnd) {
  EXPECT_EQ(color_of(3), "var(--c3)");
  EXPECT_EQ(color_of(kNumColors), "var(--c0)");
  EXPECT_EQ(color_of(-1), "var(--c9)");
}

TEST(PlotFrame, ValuesHavePlacesWithinThePicture) {
  const PlotAxes axes{.x = axis_over({0, 10}, 5), .y = axis_over({0, 2}, 5), .x_name = "step"};
  EXPECT_DOUBLE_EQ(axes.across(0), kPlotLeft);
  EXPECT_DOUBLE_EQ(axes.across(10), kPlotWidth - kPlotRight);
  EXPECT_DOUBLE_EQ(axes.down(0), kPlotHeight - kPlotBottom) << "upwards is down in a picture";
  EXPECT_DOUBLE_EQ(axes.down(2), kPlotTop);
  const std::string grid = grid_of(axes);
  testing::expect_well_formed(grid);
  for (const char* const text : {">0.5<", ">1.5<", ">10<", ">step<"}) EXPECT_NE(grid.find(text), std::string::npos);
}

TEST(PlotFrame, PathsBeginWithAMove) {
  std::string path;
  go_to(path, 3, 4);
  go_to(path, 5.25, 6);
  EXPECT_EQ(path, "M3.0 4.0L5.2 6.0");
}

TEST(PlotFrame, TextsAreEscapedAndToldInWords) {
  const std::string html = framed({.title = "<b>", .in_words = "a \"word\"", .legend = {{"x&y", 2, "5 %"}}}, "");
  testing::expect_well_formed(html);
  for (const char* const part : {"&lt;b&gt;", "aria-label=\"a &quot;word&quot;\"", "x&amp;y", "5 %", "var(--c2)"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
  EXPECT_NE(framed_absence("<i>").find("&lt;i&gt;</figcaption><p class=\"faint\">no values yet"), std::string::npos);
}

}  // namespace
}  // namespace seg
