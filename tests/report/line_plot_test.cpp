// SPDX-License-Identifier: Apache-2.0
#include "report/line_plot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <string_view>

#include "report/plot_frame.h"
#include "tests/report/well_formed.h"

namespace seg {
namespace {

using testing::count_of;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Every point of every line, whose paths are "M x yL x yL x y".
std::vector<Point> drawn_points(const std::string& html) {
  constexpr std::string_view kLine = "<path class=\"line", kPath = " d=\"";
  std::vector<Point> points;
  for (std::size_t at = html.find(kLine); at != std::string::npos; at = html.find(kLine, at + 1)) {
    const std::size_t begin = html.find(kPath, at) + kPath.size();
    std::string path = html.substr(begin, html.find('"', begin) - begin);
    std::ranges::replace_if(
        path, [](char c) { return c == 'M' || c == 'L'; }, ' ');
    std::istringstream numbers(path);
    for (Point point; numbers >> point.x >> point.y;) points.push_back(point);
  }
  return points;
}

void expect_inside(const std::string& html) {
  for (const Point& point : drawn_points(html)) {
    EXPECT_GE(point.x, kPlotLeft - 0.1);
    EXPECT_LE(point.x, kPlotWidth - kPlotRight + 0.1);
    EXPECT_GE(point.y, kPlotTop - 0.1);
    EXPECT_LE(point.y, kPlotHeight - kPlotBottom + 0.1);
  }
}

TEST(LinePlot, DrawsItsPointsAndTellsThem) {
  const std::string html = to_html(
      LinePlot{.title = "mIoU", .lines = {{.name = "ss", .points = {{100, 0.25}, {300, 0.75}}}}, .is_percent = true});
  testing::expect_well_formed(html);
  expect_inside(html);
  EXPECT_EQ(drawn_points(html).size(), 2u);
  EXPECT_NE(html.find("<title>ss: 75.00 % at step 300</title>"), std::string::npos);
  EXPECT_NE(html.find("ss: from 25.00 % at step 100 to 75.00 % at 300, between 25.00 % and 75.00 %."),
            std::string::npos);
}

TEST(LinePlot, OfNothingSaysSo) {
  for (const LinePlot& plot :
       {LinePlot{.title = "Loss"}, LinePlot{.title = "Loss", .lines = {{.name = "a"}}},
        LinePlot{.title = "Loss", .lines = {{.name = "a", .points = {{1, kNan}, {2, kInfinity}}}}}})
    EXPECT_NE(to_html(plot).find("no values yet"), std::string::npos);
}

TEST(LinePlot, OnePointAndOneValueCanBeSeen) {
  for (const double value : {0.0, 5.0, -3.0, 1e300}) {
    const std::string html = to_html(LinePlot{.title = "Loss", .lines = {{.name = "a", .points = {{7, value}}}}});
    testing::expect_well_formed(html);
    expect_inside(html);
    EXPECT_EQ(count_of(html, "<circle"), 1u);
  }
  expect_inside(to_html(LinePlot{.title = "Loss", .lines = {{.name = "a", .points = {{1, 4}, {2, 4}, {3, 4}}}}}));
}

TEST(LinePlot, HugeRangesAndSpikesStayInside) {
  for (const bool may_be_logarithmic : {false, true}) {
    LinePlot plot{.title = "Loss", .may_be_logarithmic = may_be_logarithmic};
    plot.lines = {{.name = "a", .points = {{1, 1e-300}, {2, 3}, {3, 4}, {4, 1e300}, {5, kNan}, {6, 5}}},
                  {.name = "b", .points = {{1, 2}, {6, 1e9}}, .color = 12}};
    const std::string html = to_html(plot);
    testing::expect_well_formed(html);
    expect_inside(html);
    EXPECT_EQ(drawn_points(html).size(), 7u);
  }
  LinePlot negative{.title = "Loss", .lines = {{.name = "a", .points = {{1, -1e308}, {2, 1e308}}}}};
  expect_inside(to_html(negative));
}

TEST(LinePlot, TakesLogarithmsOnlyOfPositiveValuesThatLieFarApart) {
  const auto place_of_middle = [](double low) {
    return drawn_points(to_html(LinePlot{.title = "Loss",
                                         .lines = {{.name = "a", .points = {{1, low}, {2, 10}, {3, 10}, {4, 1000}}}},
                                         .may_be_logarithmic = true}))[1]
        .y;
  };
  const double bottom = kPlotHeight - kPlotBottom;
  EXPECT_LT(place_of_middle(1), bottom - 0.3 * kInnerHeight);
  EXPECT_GT(place_of_middle(-1), bottom - 0.5 * kInnerHeight);
}

TEST(LinePlot, WhatIsFaintIsNotInTheLegendAndThousandsOfPointsBecomeFew) {
  Curve noise;
  for (int i = 0; i < 50000; ++i) noise.push_back({static_cast<double>(i), std::sin(i * 12.9898) + 2});
  const std::string html = to_html(LinePlot{
      .title = "Loss",
      .lines = {{.name = "smooth", .points = smoothed(noise)}, {.name = "raw", .points = noise, .is_faint = true}}});
  testing::expect_well_formed(html);
  expect_inside(html);
  EXPECT_EQ(html.find("raw</li>"), std::string::npos);
  EXPECT_LT(html.find("line raw"), html.find("class=\"line\"")) << "behind";
  EXPECT_LT(html.size(), 40000u);
}

TEST(LinePlot, NamesAreEscaped) {
  const std::string html = to_html(
      LinePlot{.title = "<Loss>",
               .lines = {{.name = "</svg><script>\"", .points = {{1, 2}, {2, 3}}}, {.name = "b", .points = {{1, 1}}}}});
  testing::expect_well_formed(html);
}

TEST(FigureText, HasFourDigitsThatCount) {
  EXPECT_EQ(figure_text(20000), "20000");
  EXPECT_EQ(figure_text(0.0123456), "0.01235");
  EXPECT_EQ(figure_text(6.5912), "6.591");
  EXPECT_EQ(figure_text(12345678900), "1.235e+10");
}

}  // namespace
}  // namespace seg
