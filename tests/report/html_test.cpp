// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <gtest/gtest.h>

#include <random>

#include "base/file.h"
#include "image/png.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

std::string base64_of(std::string_view text) { return base64(std::as_bytes(std::span(text))); }

TEST(Html, EscapesWhatWouldBeMarkup) {
  EXPECT_EQ(html_escaped("<a href=\"x\">R&D</a>"), "&lt;a href=&quot;x&quot;&gt;R&amp;D&lt;/a&gt;");
}

TEST(Html, WhatSteersOrIsNoTextIsReplaced) {
  EXPECT_EQ(html_escaped("it's"), "it&#39;s");
  EXPECT_EQ(html_escaped("a\tb\n"), "a\tb\n");
  EXPECT_EQ(html_escaped("caf\xc3\xa9 \xe2\x80\x93 \xf0\x9f\x9a\x97"), "caf\xc3\xa9 \xe2\x80\x93 \xf0\x9f\x9a\x97");
  EXPECT_EQ(html_escaped("\x01\x7f"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(html_escaped("\xff<"), "\xef\xbf\xbd&lt;");
  EXPECT_EQ(html_escaped("\xc2\x85"), "\xef\xbf\xbd") << "a control character of two bytes";
  EXPECT_EQ(html_escaped("\xe2\x80\xaegnp.exe"), "\xef\xbf\xbdgnp.exe") << "turns the direction";
  EXPECT_EQ(html_escaped(std::string_view("\0", 1)), "\xef\xbf\xbd");
}

TEST(Html, LongTextsAreCutBetweenCharacters) {
  EXPECT_EQ(html_escaped("a<b", 3), "a&lt;b");
  EXPECT_EQ(html_escaped("a<bc", 3), "a&lt;b…");
  EXPECT_EQ(html_escaped("caf\xc3\xa9s", 4), "caf…");
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

TEST(Html, CellsAreMarkedWithAColor) {
  EXPECT_EQ(html_marked_cell("#0a1fff", "a<b"),
            "<td class=\"marked\"><span class=\"swatch\" style=\"background:#0a1fff\"></span>a&lt;b</td>");
}

TEST(Html, PicturesHoldTheirPng) {
  Image image({2, 3, 3, PixelType::u8});
  const std::string html = html_picture(image, "a \"b\"");
  EXPECT_EQ(html.find("<img alt=\"a &quot;b&quot;\" src=\"data:image/png;base64,iVBORw0KGgo"), 0u) << html;
  EXPECT_NE(html.find(base64(encode_png(image))), std::string::npos);
}

TEST(Html, PictureFilesAreMadeSmallerUntilTheyFit) {
  const testing::TemporaryFolder folder;
  write_png(folder / "a.png", Image({20, 30, 3, PixelType::u8}));
  const auto small = html_picture_file(folder / "a.png", "<a>");
  ASSERT_TRUE(small);
  EXPECT_EQ(small->find("<img alt=\"&lt;a&gt;\" width=\"30\" height=\"20\" src="), 0u) << *small;
  std::mt19937 random(1);
  Image noise({1500, 1500, 3, PixelType::u8});
  for (std::byte& byte : noise.bytes()) byte = static_cast<std::byte>(random());
  write_png(folder / "noise.png", noise, {.level = 0});
  const auto large = html_picture_file(folder / "noise.png", "noise");
  ASSERT_TRUE(large);
  EXPECT_LT(large->size(), kMostPictureBytes * 4 / 3 + 200);
  EXPECT_GT(large->size(), kMostPictureBytes / 5);
  EXPECT_FALSE(html_picture_file(folder / "absent.png", ""));
  write_file(folder / "text.png", "no picture");
  EXPECT_FALSE(html_picture_file(folder / "text.png", ""));
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
