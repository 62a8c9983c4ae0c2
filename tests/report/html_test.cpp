// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <gtest/gtest.h>

#include "image/png.h"

namespace seg {
namespace {

std::string base64_of(std::string_view text) { return base64(std::as_bytes(std::span(text))); }

TEST(Html, EscapesWhatWouldBeMarkup) {
  EXPECT_EQ(html_escaped("<a href=\"x\">R&D</a>"), "&lt;a href=&quot;x&quot;&gt;R&amp;D&lt;/a&gt;");
}

TEST(Base64, IsThatOfTheStandard) {  // RFC 4648, section 10
  EXPECT_EQ(base64_of(""), "");
  EXPECT_EQ(base64_of("f"), "Zg==");
  EXPECT_EQ(base64_of("fo"), "Zm8=");
  EXPECT_EQ(base64_of("foo"), "Zm9v");
  EXPECT_EQ(base64_of("foob"), "Zm9vYg==");
  EXPECT_EQ(base64_of("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64_of("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64_of("\xff\xfe"), "//4=");
}

TEST(Html, PicturesHoldTheirPng) {
  Image image({2, 3, 3, PixelType::u8});
  const std::string html = html_picture(image, "a \"b\"");
  EXPECT_EQ(html.find("<img alt=\"a &quot;b&quot;\" src=\"data:image/png;base64,iVBORw0KGgo"), 0u) << html;
  EXPECT_NE(html.find(base64(encode_png(image))), std::string::npos);
}

TEST(Html, ColorsHaveSixDigits) { EXPECT_EQ(html_color({10, 31, 255}), "#0a1fff"); }

TEST(Html, PagesLoadNothingFromElsewhere) {
  const std::string page = html_page("A & B", "<p>body</p>\n");
  EXPECT_NE(page.find("<title>A &amp; B</title>"), std::string::npos);
  EXPECT_NE(page.find("<p>body</p>"), std::string::npos);
  for (const char* loader : {"http:", "https:", "<script", "<link", "@import", "url("})
    EXPECT_EQ(page.find(loader), std::string::npos) << loader;
}

}  // namespace
}  // namespace seg
