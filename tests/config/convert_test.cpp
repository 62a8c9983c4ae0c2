// SPDX-License-Identifier: Apache-2.0
#include "config/convert.h"

#include <gtest/gtest.h>

#include <limits>

namespace seg {
namespace {

const Key kAny{.name = "key", .help = ""};

ConfigValue untyped(const char* text) { return {Untyped{text}}; }

template <class T>
std::optional<T> converted(const ConfigValue& value, const Key& key = kAny) {
  T field{};
  if (!convert(value, key, field)) return std::nullopt;
  return field;
}

TEST(Convert, Booleans) {
  EXPECT_EQ(converted<bool>({true}), true);
  for (const char* text : {"true", "True", "yes", "on", "1", " true "}) EXPECT_EQ(converted<bool>(untyped(text)), true);
  for (const char* text : {"false", "False", "no", "off", "0"}) EXPECT_EQ(converted<bool>(untyped(text)), false);
  EXPECT_FALSE(converted<bool>(untyped("maybe")));
  EXPECT_EQ(converted<bool>({std::int64_t{1}}), true);
  EXPECT_EQ(converted<bool>({std::int64_t{0}}), false);
  for (const std::int64_t number : {-1, 2}) EXPECT_FALSE(converted<bool>({number}));
  EXPECT_FALSE(converted<bool>({1.0}));
  EXPECT_FALSE(converted<bool>({std::string("true")}));
}

TEST(Convert, IntegersOnlyWhereNothingIsLost) {
  EXPECT_EQ(converted<std::int64_t>({std::int64_t{-5}}), -5);
  EXPECT_EQ(converted<std::int64_t>({1e4}), 10000);
  EXPECT_FALSE(converted<std::int64_t>({2.5}));
  EXPECT_FALSE(converted<std::int64_t>({1e30}));
  EXPECT_FALSE(converted<std::int64_t>({std::numeric_limits<double>::quiet_NaN()}));
  EXPECT_EQ(converted<std::int64_t>(untyped("20")), 20);
  EXPECT_EQ(converted<std::int64_t>(untyped("+20")), 20);
  EXPECT_EQ(converted<std::int64_t>(untyped("2e4")), 20000);
  EXPECT_EQ(converted<std::int64_t>(untyped("9223372036854775807")), std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"", "-", "20k", "0x10", "2.5", "1 2", "nan", "99999999999999999999999"}) {
    EXPECT_FALSE(converted<std::int64_t>(untyped(text))) << text;
  }
}

TEST(Convert, Numbers) {
  EXPECT_EQ(converted<double>({0.5}), 0.5);
  EXPECT_EQ(converted<double>({std::int64_t{2}}), 2.0);
  EXPECT_EQ(converted<double>(untyped("5e-3")), 0.005);
  EXPECT_EQ(converted<double>(untyped("-.5")), -0.5);
  for (const char* text : {"", "one", "0.5f", "0,5"}) EXPECT_FALSE(converted<double>(untyped(text))) << text;
  EXPECT_FALSE(converted<double>({true}));
}

TEST(Convert, TextsMayStandInQuotes) {
  EXPECT_EQ(converted<std::string>(untyped("a b")), "a b");
  EXPECT_EQ(converted<std::string>(untyped("\"a b\"")), "a b");
  EXPECT_EQ(converted<std::string>(untyped("'a'")), "a");
  EXPECT_EQ(converted<std::string>(untyped("")), "");
  EXPECT_EQ(converted<std::string>(untyped("it's")), "it's");
  EXPECT_FALSE(converted<std::string>({std::int64_t{3}}));
  EXPECT_FALSE(converted<std::string>({true}));
}

TEST(Convert, ASwitchOfThreePositionsTakesABoolean) {
  const Key key{.name = "cuda_graph", .help = "", .choices = {"auto", "on", "off"}};
  EXPECT_EQ(converted<std::string>({true}, key), "on");
  EXPECT_EQ(converted<std::string>({false}, key), "off");
}

TEST(Convert, Sizes) {
  const PixelSize wide{.height = 512, .width = 1024};
  EXPECT_EQ(converted<PixelSize>(untyped("512x1024")), wide);
  EXPECT_EQ(converted<PixelSize>(untyped("512X1024")), wide);
  EXPECT_EQ(converted<PixelSize>(untyped("512,1024")), wide);
  EXPECT_EQ(converted<PixelSize>(untyped("[512, 1024]")), wide);
  EXPECT_EQ(converted<PixelSize>(untyped("(512, 1024)")), wide);
  EXPECT_EQ(converted<PixelSize>({std::string("512x1024")}), wide);
  EXPECT_EQ(converted<PixelSize>({ConfigValue::List{{std::int64_t{512}}, {std::int64_t{1024}}}}), wide);
  EXPECT_EQ(converted<PixelSize>(untyped("512")), (PixelSize{.height = 512, .width = 512}));
  EXPECT_EQ(converted<PixelSize>({std::int64_t{512}}), (PixelSize{.height = 512, .width = 512}));
  for (const char* text : {"", "x", "512x", "x512", "1,2,3", "axb", "512x512x3"}) {
    EXPECT_FALSE(converted<PixelSize>(untyped(text))) << text;
  }
}

TEST(Convert, ListsWithAndWithoutBrackets) {
  using Numbers = std::vector<double>;
  for (const char* text : {"0.5,1", "[0.5, 1]", "(0.5,1)", "0.5, 1,"}) {
    EXPECT_EQ(converted<Numbers>(untyped(text)), (Numbers{0.5, 1})) << text;
  }
  EXPECT_EQ(converted<Numbers>(untyped("1")), Numbers{1});
  EXPECT_EQ(converted<Numbers>({1.5}), Numbers{1.5});
  EXPECT_EQ(converted<Numbers>(untyped("[]")), Numbers{});
  EXPECT_EQ(converted<Numbers>(untyped("")), Numbers{});
  EXPECT_FALSE(converted<Numbers>(untyped("1,,2")));
  EXPECT_FALSE(converted<Numbers>(untyped("1,a")));

  using Names = std::vector<std::string>;
  EXPECT_EQ(converted<Names>(untyped("ss,msf")), (Names{"ss", "msf"}));
  EXPECT_EQ(converted<Names>(untyped("'a,b',c")), (Names{"a,b", "c"}));
}

TEST(Convert, Colors) {
  using Colors = std::vector<Color>;
  EXPECT_EQ(converted<Colors>(untyped("[128,64,128],[0,0,255]")), (Colors{{128, 64, 128}, {0, 0, 255}}));
  EXPECT_EQ(converted<Colors>(untyped("[[128,64,128],[0,0,255]]")), (Colors{{128, 64, 128}, {0, 0, 255}}));
  EXPECT_FALSE(converted<Colors>(untyped("[[128,64]]")));
  EXPECT_FALSE(converted<Colors>(untyped("[[128,64,256]]")));
  EXPECT_FALSE(converted<Colors>(untyped("[[128,64,-1]]")));
}

TEST(Convert, LabelTables) {
  const LabelTable binary{{0, 0}, {255, 1}};
  EXPECT_EQ(converted<LabelTable>(untyped("0:0,255:1")), binary);
  EXPECT_EQ(converted<LabelTable>(untyped("{0=0, 255 = 1}")), binary);
  EXPECT_EQ(converted<LabelTable>({ConfigValue::Table{{"0", {std::int64_t{0}}}, {"255", {std::int64_t{1}}}}}), binary);
  for (const char* text : {"", "0", "0:", ":1", "0:0,0:1", "a:b"}) {
    EXPECT_FALSE(converted<LabelTable>(untyped(text))) << text;
  }
  EXPECT_FALSE(converted<LabelTable>({ConfigValue::Table{{"road", {std::int64_t{0}}}}}));
  EXPECT_FALSE(converted<LabelTable>({ConfigValue::Table{{"7", {std::int64_t{0}}}, {"07", {std::int64_t{1}}}}}));
}

TEST(Convert, AbsentValuesHaveTheirWord) {
  const Key key{.name = "num_workers", .help = "", .absent = "auto"};
  using Field = std::optional<std::int64_t>;
  EXPECT_EQ(converted<Field>(untyped("auto"), key), std::optional<Field>(std::in_place));
  EXPECT_EQ(converted<Field>({std::string("auto")}, key), std::optional<Field>(std::in_place));
  EXPECT_EQ(converted<Field>(untyped("3"), key), Field(3));
  EXPECT_FALSE(converted<Field>(untyped("none"), key));
}

TEST(Convert, ANameOrSomethingElse) {
  const Key key{.name = "label_map", .help = "", .choices = {"auto", "none"}};
  using Field = std::variant<std::string, LabelTable>;
  EXPECT_EQ(converted<Field>(untyped("none"), key), Field("none"));
  EXPECT_EQ(converted<Field>(untyped("3:4"), key), Field(LabelTable{{3, 4}}));
  EXPECT_FALSE(converted<Field>(untyped("city"), key));
}

TEST(Convert, RangesHoldForEachPart) {
  const Key share{.name = "", .help = "", .minimum = 0, .maximum = 1, .length = 2};
  EXPECT_TRUE(is_allowed(0.0, share));
  EXPECT_TRUE(is_allowed(1.0, share));
  EXPECT_FALSE(is_allowed(1.001, share));
  EXPECT_FALSE(is_allowed(-0.001, share));
  EXPECT_FALSE(is_allowed(std::numeric_limits<double>::quiet_NaN(), share));
  EXPECT_FALSE(is_allowed(std::numeric_limits<double>::infinity(), kAny));
  EXPECT_TRUE(is_allowed(std::vector<double>{0, 1}, share));
  EXPECT_FALSE(is_allowed(std::vector<double>{0, 2}, share));
  EXPECT_FALSE(is_allowed(std::vector<double>{0}, share));
  EXPECT_TRUE(is_allowed(std::optional<double>(), share));
  EXPECT_FALSE(is_allowed(std::optional<double>(3), share));

  const Key size{.name = "", .help = "", .minimum = 32};
  EXPECT_FALSE(is_allowed(PixelSize{.height = 32, .width = 31}, size));
  EXPECT_FALSE(is_allowed(PixelSize{.height = 31, .width = 32}, size));

  const Key label{.name = "", .help = "", .minimum = 0, .maximum = 255};
  EXPECT_TRUE(is_allowed(LabelTable{{0, 255}}, label));
  EXPECT_FALSE(is_allowed(LabelTable{{256, 0}}, label));
  EXPECT_FALSE(is_allowed(LabelTable{{0, 256}}, label));

  const Key choice{.name = "", .help = "", .choices = {"ss", "msf"}};
  EXPECT_TRUE(is_allowed(std::string("ss"), choice));
  EXPECT_FALSE(is_allowed(std::string("sss"), choice));
  EXPECT_FALSE(is_allowed(std::vector<std::string>{"ss", "x"}, choice));
}

}  // namespace
}  // namespace seg
