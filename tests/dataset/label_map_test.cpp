// SPDX-License-Identifier: Apache-2.0
#include "dataset/label_map.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "config/dataset.h"

namespace seg {
namespace {

constexpr std::string_view kNames[] = {"a", "b", "c"};

LabelScheme scheme() {
  LabelScheme scheme{.name = "own", .classes = {}, .class_names = kNames, .palette = {}, .remedy = "try"};
  scheme.classes.fill(kUnknownValue);
  scheme.classes[0] = kIgnoredValue;
  scheme.classes[10] = 2;
  return scheme;
}

DatasetConfig config_of(const std::variant<std::string, LabelTable>& map, std::int64_t ignore_label = 255) {
  DatasetConfig config;
  config.label_map = map;
  config.lb_ignore = ignore_label;
  return config;
}

std::vector<int> applied(const LabelMapping& mapping, const std::vector<int>& values) {
  LabelMap label(1, static_cast<std::int64_t>(values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) label.values()[i] = static_cast<std::uint8_t>(values[i]);
  mapping.apply(label, "label.png");
  return {label.values().begin(), label.values().end()};
}

TEST(LabelMap, AutoIsTheMapOfTheKind) {
  const LabelScheme own = scheme();
  const LabelMapping mapping(config_of("auto", 9), &own);
  EXPECT_EQ(mapping.name(), "own");
  EXPECT_EQ(mapping.scheme(), &own);
  EXPECT_EQ(applied(mapping, {0, 10, 0}), (std::vector<int>{9, 2, 9}));
  EXPECT_THROW(applied(mapping, {10, 11}), UserError);
  const LabelMapping nothing(config_of("auto"), nullptr);
  EXPECT_EQ(nothing.name(), "none");
  EXPECT_EQ(nothing.scheme(), nullptr);
  EXPECT_EQ(applied(nothing, {0, 10, 255}), (std::vector<int>{0, 10, 255}));
}

TEST(LabelMap, NoneLeavesValuesButTheClassesAreStillThoseOfTheKind) {
  const LabelScheme own = scheme();
  const LabelMapping mapping(config_of("none"), &own);
  EXPECT_EQ(mapping.scheme(), &own);
  EXPECT_EQ(applied(mapping, {0, 11}), (std::vector<int>{0, 11}));
}

TEST(LabelMap, ATableMakesTheClassesTheUsersOwn) {
  const LabelScheme own = scheme();
  const LabelMapping mapping(config_of(LabelTable{{0, 0}, {255, 1}}, 200), &own);
  EXPECT_EQ(mapping.name(), "table");
  EXPECT_EQ(mapping.scheme(), nullptr);
  EXPECT_EQ(applied(mapping, {0, 255, 3}), (std::vector<int>{0, 1, 200}));
  EXPECT_THROW(LabelMapping(config_of(LabelTable{{0, 300}}), nullptr), UserError);
}

TEST(LabelMap, TellsWhichValuesBecomeAClass) {
  using Values = std::vector<std::vector<std::uint8_t>>;
  const LabelScheme own = scheme();
  EXPECT_EQ(LabelMapping(config_of("none"), &own).values_by_class(255), Values{});
  EXPECT_EQ(LabelMapping(config_of("auto"), &own).values_by_class(255), (Values{{}, {}, {10}}));
  const LabelMapping table(config_of(LabelTable{{9, 1}, {7, 0}, {8, 1}, {3, 255}}), nullptr);
  EXPECT_EQ(table.values_by_class(255), (Values{{7}, {8, 9}}));
  const Values cityscapes = LabelMapping(config_of("cityscapes"), nullptr).values_by_class(255);
  ASSERT_EQ(cityscapes.size(), 19u);
  EXPECT_EQ(cityscapes[0], std::vector<std::uint8_t>{7});    // road
  EXPECT_EQ(cityscapes[13], std::vector<std::uint8_t>{26});  // car
}

TEST(LabelMap, OtherKindsMapsGoByName) {
  for (const auto& [name, value, expected] :
       {std::tuple("cityscapes", 26, 13), std::tuple("ade20k", 150, 149), std::tuple("cocostuff", 181, 170)}) {
    const LabelMapping mapping(config_of(name), nullptr);
    EXPECT_EQ(mapping.name(), name);
    EXPECT_NE(mapping.scheme(), nullptr);
    EXPECT_EQ(applied(mapping, {value}), std::vector<int>{expected});
  }
  EXPECT_THROW(LabelMapping(config_of("pascal"), nullptr), UserError);
}

}  // namespace
}  // namespace seg
