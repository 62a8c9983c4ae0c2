// SPDX-License-Identifier: Apache-2.0
#include "report/check_page.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

CheckPage page() {
  CheckPage page{.title = "my.toml"};
  page.splits.push_back({.name = "training data",
                         .images = 7,
                         .facts = "320 x 180",
                         .classes = {{.name = "road", .color = {1, 2, 3}, .pixels = 75, .images = 7, .share = 0.75},
                                     {.name = "<car>", .color = {4, 5, 6}, .pixels = 25, .images = 3, .share = 0.25}}});
  return page;
}

TEST(CheckPage, ShowsClassesWithTheirShares) {
  const std::string html = to_html(page());
  EXPECT_NE(html.find("No problem was found"), std::string::npos);
  EXPECT_NE(html.find("training data: 7 images"), std::string::npos);
  EXPECT_NE(html.find("75.000"), std::string::npos);
  EXPECT_NE(html.find("#010203"), std::string::npos);
  EXPECT_NE(html.find("1 &lt;car&gt;"), std::string::npos);
  EXPECT_NE(html.find("width:16.00em"), std::string::npos);  // the largest class
  EXPECT_NE(html.find("width:5.33em"), std::string::npos);
}

TEST(CheckPage, SaysProblemsFirst) {
  CheckPage bad = page();
  bad.problems.push_back({.where = "a&b.png", .what = "is cut short", .remedy = "copy it again"});
  bad.warnings.push_back({.where = "the training data", .what = "is small", .remedy = "more of it"});
  const std::string html = to_html(bad);
  EXPECT_EQ(html.find("No problem was found"), std::string::npos);
  const auto problem = html.find("<b>a&amp;b.png</b>: is cut short"), warning = html.find("is small");
  ASSERT_NE(problem, std::string::npos);
  EXPECT_LT(problem, warning);
  EXPECT_LT(warning, html.find("training data: 7 images"));
  EXPECT_NE(html.find("Try: copy it again"), std::string::npos);
}

TEST(CheckPage, HoldsItsPictures) {
  CheckPage with_pictures = page();
  with_pictures.splits[0].pictures.push_back({.caption = "x.png", .picture = Image({2, 2, 3, PixelType::u8})});
  const std::string html = to_html(with_pictures);
  EXPECT_NE(html.find("<figure><img alt=\"x.png\" src=\"data:image/png;base64,"), std::string::npos);
  EXPECT_NE(html.find("<figcaption>x.png</figcaption>"), std::string::npos);
}

TEST(CheckPage, OfNoPixelsHasNoBars) {
  CheckPage empty = page();
  for (ClassOnPage& one : empty.splits[0].classes) one.share = 0;
  EXPECT_NE(to_html(empty).find("width:0.00em"), std::string::npos);
}

}  // namespace
}  // namespace seg
