// SPDX-License-Identifier: Apache-2.0
#include "config/toml_reader.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"

namespace seg {
namespace {

constexpr std::string_view kConfig = R"(# a comment
model_type = "bisenetv2"
n_cats = 11        # classes
lr_start = 5e-3

use_fp16 = false
scales = [0.5, 2]
label_map = {0 = 0, 255 = 1}
palette = [
  [1, 2, 3],
  [4, 5, 6],
]
)";

TEST(TomlReader, GivesTypedValuesWithTheirLinesInOrder) {
  const auto values = read_toml(kConfig, "my.toml");
  ASSERT_EQ(values.size(), 7U);
  const auto expect = [&](std::size_t i, const char* key, const char* text, const char* where) {
    EXPECT_EQ(values[i].key, key);
    EXPECT_EQ(text_of(values[i].value), text);
    EXPECT_EQ(values[i].where, where);
  };
  expect(0, "model_type", "\"bisenetv2\"", "my.toml:2");
  expect(1, "n_cats", "11", "my.toml:3");
  expect(2, "lr_start", "0.005", "my.toml:4");
  expect(3, "use_fp16", "false", "my.toml:6");
  expect(4, "scales", "[0.5, 2]", "my.toml:7");
  expect(5, "label_map", "{0 = 0, 255 = 1}", "my.toml:8");
  expect(6, "palette", "[[1, 2, 3], [4, 5, 6]]", "my.toml:9");
  EXPECT_TRUE(std::holds_alternative<std::int64_t>(values[1].value.content));
  EXPECT_TRUE(std::holds_alternative<double>(values[2].value.content));
}

TEST(TomlReader, ReadsWindowsLineEndsAndAByteOrderMark) {
  const auto values = read_toml(
      "\xEF\xBB\xBF"
      "n_cats = 3\r\nflip = 0.5\r\n",
      "my.toml");
  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(values[1].where, "my.toml:2");
}

TEST(TomlReader, NamesBothLinesOfAKeyThatIsThereTwice) {
  for (const std::string_view text :
       {"seed = 1\n\nflip = 0.5\nseed = 2\n", "\"seed\" = 1 # seed = 3\n\n\nseed=[\n2]"}) {
    try {
      read_toml(text, "my.toml");
      FAIL() << text;
    } catch (const UserError& error) {
      EXPECT_STREQ(error.what(),
                   "my.toml:4: seed is given a second time; the first is in line 1; try: keep one of the two lines");
    }
  }
}

TEST(TomlReader, LettersBeyondAsciiStandInTextsAndCommentsOnly) {
  const std::string_view fine =
      "\xEF\xBB\xBF"
      "a = \"\u013c\" # \u013c\nb = '\u013c'\n";
  EXPECT_EQ(read_toml(fine, "my.toml").size(), 2U);
  for (const std::string_view text : {"a = 1\n\u013c = 2\n", "a = 1\nb = \u201cx\u201d\n"}) {
    try {
      read_toml(text, "my.toml");
      FAIL() << text;
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems()[0].where, "my.toml:2");
      EXPECT_NE(error.problems()[0].what.find("beyond ASCII"), std::string::npos);
    }
  }
}

TEST(TomlReader, WhatTheParserWouldAssertIsAnError) {
  for (const std::string_view text : {"[\n\n", "[", "[[\n", "a = 1\n[ \n"})
    EXPECT_THROW(read_toml(text, "my.toml"), UserError) << text;
}

TEST(TomlReader, SaysInWhichLineItStumbled) {
  for (const std::string_view text : {"a = 1\nb = [1,\n", "a = 1\nb 3\n", "a = 1\na.b = 2\n", "a = 1\nb = nothing\n"}) {
    try {
      read_toml(text, "my.toml");
      FAIL() << text;
    } catch (const UserError& error) {
      EXPECT_TRUE(error.problems()[0].where == "my.toml:2" || error.problems()[0].where == "my.toml:3") << error.what();
      EXPECT_NE(error.problems()[0].what.find("is no TOML"), std::string::npos);
    }
  }
}

TEST(TomlReader, DatesAreShownAsTheyStand) {
  EXPECT_EQ(text_of(read_toml("seed = 2026-01-31", "my.toml").at(0).value), "\"2026-01-31\"");
}

std::string repeated(std::string_view part, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += part;
  return text;
}

TEST(TomlReader, NothingNestsDeepEnoughToHurt) {
  const std::size_t many = 100000;
  for (const std::string& text :
       {"a = " + repeated("[", many), "a = " + repeated("{a = ", many), "a" + repeated(".a", many) + " = 1",
        "[a" + repeated(".a", many) + "]", "1" + repeated(".1", many) + " = 1", "[a" + repeated(" . '=\"'", many) + "]",
        "a" + repeated(".\"'\\\"#\"", many) + " = 1", "a = " + repeated("[{a.a.a.a = ", 200)})
    EXPECT_THROW(read_toml(text, "my.toml"), UserError) << text.substr(0, 40);
}

TEST(TomlReader, ManyDotsOutsideOfKeysAreFine) {
  const std::string dots = repeated("a.", 1000);
  const auto values = read_toml("# " + dots + "\na = \"" + dots + "\"\nb = '" + dots + "'\nc = \"\"\"" + dots + "\n" +
                                    dots + "\"\"\"\nd = '''" + dots + "'''\ne = [" + repeated("0.5, ", 1000) + "]\n",
                                "my.toml");
  ASSERT_EQ(values.size(), 5U);
  EXPECT_EQ(std::get<std::string>(values[2].value.content), dots + "\n" + dots);
}

TEST(TomlReader, HugeCountsAreRead) {
  EXPECT_EQ(std::get<ConfigValue::List>(read_toml("a = [" + repeated("1,", 100000) + "]", "x")[0].value.content).size(),
            100000U);
  EXPECT_EQ(read_toml(repeated("\n", 100000) + "a = 1", "x").at(0).where, "x:100001");
  std::string keys;
  for (int i = 0; i < 20000; ++i) keys += "k" + std::to_string(i) + " = 1\n";
  EXPECT_EQ(read_toml(keys, "x").size(), 20000U);
}

TEST(TomlReader, DamagedTextIsReadOrRefusedButNothingElse) {
  Random random(1, RandomStream::synthetic, 0);
  for (std::size_t i = 0; i < 8 * kConfig.size(); ++i) {
    std::string flipped(kConfig);
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << i % 8));
    try {
      read_toml(flipped, "my.toml");
    } catch (const UserError&) {
    }
  }
  for (std::size_t length = 0; length <= kConfig.size(); ++length) {
    for (int flips = 0; flips < 4; ++flips) {
      std::string text(kConfig.substr(0, length));
      for (int i = 0; i < flips && !text.empty(); ++i)
        text[random.below(text.size())] = static_cast<char>(random.bits());
      try {
        read_toml(text, "my.toml");
      } catch (const UserError&) {
      }
    }
  }
}

}  // namespace
}  // namespace seg
