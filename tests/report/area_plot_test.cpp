// SPDX-License-Identifier: Apache-2.0
#include "report/area_plot.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/report/well_formed.h"

namespace seg {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

AreaPlot two_layers() {
  return {.title = "Shares",
          .x_name = "minutes",
          .ends = {1, 3},
          .layers = {{.name = "wait", .color = 1, .note = "25 %", .amounts = {1, 1}},
                     {.name = "<step>", .color = 2, .amounts = {3, 1}},
                     {.name = "nothing", .color = 3, .amounts = {0, 0}}}};
}

TEST(AreaPlot, LayersStandOnOneAnotherAndFillTheHeight) {
  const std::string html = to_html(two_layers());
  testing::expect_well_formed(html);
  // From 8 (all) down to 196 (nothing): the first stretch is divided at a quarter, the second in the middle.
  EXPECT_NE(html.find("var(--c1)\" d=\"M50.0 196.0L186.0 196.0L186.0 196.0L458.0 196.0L458.0 102.0L186.0 102.0"
                      "L186.0 149.0L50.0 149.0Z"),
            std::string::npos)
      << html;
  EXPECT_NE(html.find("L458.0 8.0L186.0 8.0L186.0 8.0L50.0 8.0Z"), std::string::npos) << html;
  EXPECT_EQ(html.find("nothing"), std::string::npos) << "a layer without extent";
  EXPECT_NE(html.find("&lt;step&gt;"), std::string::npos);
  EXPECT_NE(html.find("aria-label=\"Shares: wait 25 %, &lt;step&gt;.\""), std::string::npos);
}

TEST(AreaPlot, OfNothingSaysSo) {
  AreaPlot plot = two_layers();
  plot.ends = {};
  EXPECT_NE(to_html(plot).find("no values yet"), std::string::npos);
  plot = two_layers();
  for (AreaLayer& layer : plot.layers) layer.amounts = {0, kNan};
  EXPECT_NE(to_html(plot).find("no values yet"), std::string::npos);
}

TEST(AreaPlot, OddNumbersDoNoHarmAndManyStretchesBecomeFew) {
  AreaPlot plot{.title = "Shares", .x_name = "hours", .layers = {{.name = "a"}, {.name = "b", .color = 1}}};
  for (int i = 1; i <= 30000; ++i) {
    plot.ends.push_back(i % 7 == 0 ? plot.ends.back() : i * 0.01);
    plot.layers[0].amounts.push_back(i % 5 == 0 ? -1.0 : i % 3 == 0 ? kNan : 1.0);
    plot.layers[1].amounts.push_back(0.5);
  }
  const std::string html = to_html(plot);
  testing::expect_well_formed(html);
  EXPECT_LT(html.size(), 25000u);
}

}  // namespace
}  // namespace seg
