// SPDX-License-Identifier: Apache-2.0
#include "config/present.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

const Key kAny{.name = "key", .help = ""};

TEST(Present, TomlTellsTypesApart) {
  EXPECT_EQ(toml_of(true, kAny), "true");
  EXPECT_EQ(toml_of(std::int64_t{3}, kAny), "3");
  EXPECT_EQ(toml_of(3.0, kAny), "3.0");
  EXPECT_EQ(toml_of(0.0005, kAny), "0.0005");
  EXPECT_EQ(toml_of(1e-9, kAny), "1e-09");
  EXPECT_EQ(toml_of(1e300, kAny), "1e+300");
  EXPECT_EQ(toml_of(65536.0, kAny), "65536.0");
  EXPECT_EQ(toml_of(PixelSize{.height = 5, .width = 6}, kAny), "[5, 6]");
  EXPECT_EQ(toml_of(std::vector<Color>{{1, 2, 3}}, kAny), "[[1, 2, 3]]");
  EXPECT_EQ(toml_of(LabelTable{{0, 0}, {255, 1}}, kAny), "{0 = 0, 255 = 1}");
  EXPECT_EQ(toml_of(std::optional<double>(), kAny), "\"none\"");
}

TEST(Present, TomlTextsAreEscaped) {
  EXPECT_EQ(toml_string("a \"b\" \\ c\n\t\x01"), "\"a \\\"b\\\" \\\\ c\\n\\t\\u0001\"");
  EXPECT_EQ(toml_string("Straße"), "\"Straße\"");
}

TEST(Present, ACommentStaysOnItsLineAndHoldsWhatTomlAllows) {
  EXPECT_EQ(toml_comment("a\nb\x1b[2J\x7f Straße"), "# a b [2J  Straße");
  EXPECT_EQ(toml_line("seed", "7", ""), "seed = 7");
  EXPECT_EQ(toml_line("seed", "7", "my.toml:1"), "seed = 7" + std::string(36, ' ') + "# my.toml:1");
  const std::string longest(60, '1');
  EXPECT_EQ(toml_line("scales", longest, "default"), "scales = " + longest + "  # default");
}

TEST(Present, PartsAreWhatBuiltValuesName) {
  using Parts = std::vector<std::string>;
  EXPECT_EQ(plain_parts(false, kAny), Parts{"false"});
  EXPECT_EQ(plain_parts(std::string("sgd"), kAny), Parts{"sgd"});
  EXPECT_EQ(plain_parts(std::vector<std::string>{"ss", "msf"}, kAny), (Parts{"ss", "msf"}));
  EXPECT_EQ(plain_parts(std::optional<std::string>(), kAny), Parts{"none"});
  using Map = std::variant<std::string, LabelTable>;
  EXPECT_EQ(plain_parts(Map("cityscapes"), kAny), Parts{"cityscapes"});
  EXPECT_EQ(plain_parts(Map(LabelTable{{0, 1}}), kAny), Parts{"table"});
}

TEST(Present, JsonKeepsTypes) {
  EXPECT_EQ(json_of(true, kAny), nlohmann::json(true));
  EXPECT_EQ(json_of(0.1, kAny).dump(), "0.1");
  EXPECT_EQ(json_of(PixelSize{.height = 5, .width = 6}, kAny).dump(), "[5,6]");
  EXPECT_EQ(json_of(std::variant<std::string, LabelTable>(LabelTable{{255, 1}}), kAny).dump(), R"({"255":1})");
  EXPECT_EQ(json_of(std::optional<std::int64_t>(), kAny).dump(), "\"none\"");
}

TEST(Present, SaysInWordsWhatIsExpected) {
  const Key range{.name = "", .help = "", .minimum = 0, .maximum = 0.5, .length = 3};
  EXPECT_EQ(expected(true, kAny), "true or false");
  EXPECT_EQ(expected(1.0, range), "a number from 0 to 0.5");
  EXPECT_EQ(expected(std::int64_t{1}, Key{.name = "", .help = "", .minimum = 1}), "an integer of at least 1");
  EXPECT_EQ(expected(std::optional<std::int64_t>(), kAny), "an integer, or none");
  EXPECT_EQ(expected(std::vector<double>(), range), "a list of 3 numbers from 0 to 0.5");
  const Key choice{.name = "", .help = "", .choices = {"none", "median_frequency"}};
  EXPECT_EQ(expected(std::string(), choice), "one of none, median_frequency");
  EXPECT_EQ(expected(std::variant<std::string, std::vector<double>>(), choice),
            "one of none, median_frequency, or a list of numbers");
}

}  // namespace
}  // namespace seg
