// SPDX-License-Identifier: Apache-2.0
#include "evaluation/results.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace seg {
namespace {

using Pixels = std::vector<std::uint8_t>;

// Class 0: 3 of 4 found; class 1: both found, one too many; class 2: nowhere.
ProtocolResult example() {
  ProtocolResult result{.protocol = "ss", .matrix = ConfusionMatrix(3), .images = 12, .seconds = 1};
  result.matrix.add(Pixels{0, 0, 0, 0, 1, 1}, Pixels{0, 0, 0, 1, 1, 1}, 255);
  return result;
}

// Bands: class 0 1/2, class 1 1/4; boundary F1 of class 1 unknown; within 1 and 5 pixels 1/3 and all right.
ProtocolResult example_with_boundary() {
  ProtocolResult result = example();
  ConfusionMatrix near(3), far(3);
  near.add(Pixels{0, 0, 1}, Pixels{0, 1, 0}, 255);
  far.add(Pixels{0, 1}, Pixels{0, 1}, 255);
  result.boundary = BoundaryResult{.options = {.iou_width = 0.01, .f1_tolerance = 0.25, .trimap_radii = {1, 5}},
                                   .counts = {.bands = {{2, 2, 4}, {1, 4, 1}, {}},
                                              .f1 = {{1.5, 2}, {}, {}},
                                              .f1_of_images = {1.2, 3},
                                              .trimaps = {near, far}}};
  return result;
}

TEST(Results, JsonHoldsWhatWasMeasuredOfBoundaries) {
  const nlohmann::json ss = to_json({example_with_boundary()}).at("ss");
  EXPECT_DOUBLE_EQ(ss.at("boundary_iou").get<double>(), (0.5 + 0.25) / 2);
  EXPECT_DOUBLE_EQ(ss.at("boundary_f1").get<double>(), 1.2 / 3);
  EXPECT_EQ(ss.at("class_boundary_iou"), (nlohmann::json{0.5, 0.25, nullptr}));
  EXPECT_EQ(ss.at("class_boundary_f1"), (nlohmann::json{0.75, nullptr, nullptr}));
  EXPECT_EQ(ss.at("boundary_iou_width"), 0.01);
  EXPECT_EQ(ss.at("boundary_f1_tolerance"), 0.25);
  ASSERT_EQ(ss.at("trimaps").size(), 2U);
  EXPECT_EQ(ss.at("trimaps")[0].at("radius"), 1);
  EXPECT_DOUBLE_EQ(ss.at("trimaps")[0].at("miou").get<double>(), (1.0 / 3 + 0) / 2);
  EXPECT_EQ(ss.at("trimaps")[1].at("iou"), (nlohmann::json{1.0, 1.0, nullptr}));
}

TEST(Results, TablesShowWhatWasMeasuredOfBoundaries) {
  EXPECT_TRUE(boundary_table({example()}, {"road"}).empty());
  EXPECT_EQ(boundary_table({example_with_boundary()}, {"road"}), (TableRows{{"boundaries", "IoU % ss", "F1 % ss"},
                                                                            {"road", "50.00", "75.00"},
                                                                            {"class 1", "25.00", "-"},
                                                                            {"class 2", "-", "-"},
                                                                            {"mean", "37.50", "40.00"}}));
  const TableRows overall = overall_table({example_with_boundary()});
  ASSERT_EQ(overall.size(), 5U);
  EXPECT_EQ(overall[3], (std::vector<std::string>{"mean IoU within 1 px of boundaries", "16.67"}));
  EXPECT_EQ(overall[4], (std::vector<std::string>{"mean IoU within 5 px of boundaries", "100.00"}));
}

TEST(Results, JsonHoldsSharesAndNullForWhatIsUnknown) {
  const nlohmann::json json = to_json({example()});
  const nlohmann::json& ss = json.at("ss");
  EXPECT_DOUBLE_EQ(ss.at("miou").get<double>(), (3.0 / 4 + 2.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(ss.at("fw_miou").get<double>(), (4 * 3.0 / 4 + 2 * 2.0 / 3) / 6);
  EXPECT_DOUBLE_EQ(ss.at("pixel_accuracy").get<double>(), 5.0 / 6);
  EXPECT_DOUBLE_EQ(ss.at("micro_f1").get<double>(), 5.0 / 6);
  EXPECT_DOUBLE_EQ(ss.at("macro_f1").get<double>(), (6.0 / 7 + 4.0 / 5) / 2);
  EXPECT_EQ(ss.at("images"), 12);
  ASSERT_EQ(ss.at("iou").size(), 3U);
  EXPECT_DOUBLE_EQ(ss.at("iou")[0].get<double>(), 0.75);
  EXPECT_TRUE(ss.at("iou")[2].is_null());
  ASSERT_EQ(ss.at("f1").size(), 3U);
  EXPECT_TRUE(ss.at("f1")[2].is_null());
  EXPECT_EQ(ss.at("dice"), ss.at("f1"));
  EXPECT_DOUBLE_EQ(ss.at("mean_accuracy").get<double>(), (3.0 / 4 + 1) / 2);
  EXPECT_DOUBLE_EQ(ss.at("micro_iou").get<double>(), 5.0 / 7);
  EXPECT_DOUBLE_EQ(ss.at("fw_f1").get<double>(), (4 * 6.0 / 7 + 2 * 4.0 / 5) / 6);
  EXPECT_DOUBLE_EQ(ss.at("precision")[1].get<double>(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(ss.at("recall")[0].get<double>(), 3.0 / 4);
  EXPECT_EQ(ss.at("confusion_matrix"), (nlohmann::json{{3, 1, 0}, {0, 2, 0}, {0, 0, 0}}));
  EXPECT_TRUE(ss.at("boundary_iou").is_null());
  EXPECT_TRUE(ss.at("boundary_f1").is_null());
}

TEST(Results, WithoutACountedPixelEverythingIsNull) {
  const nlohmann::json json = to_json({{.protocol = "ss", .matrix = ConfusionMatrix(2), .images = 1}});
  EXPECT_TRUE(json.at("ss").at("miou").is_null());
  EXPECT_TRUE(json.at("ss").at("pixel_accuracy").is_null());
}

TEST(Results, TheTableShowsPercentNamesAndMeans) {
  const TableRows rows = class_table({example()}, {"road", "car"});
  ASSERT_EQ(rows.size(), 7U);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"class", "share %", "IoU % ss", "F1 (Dice) % ss"}));
  EXPECT_EQ(rows[1], (std::vector<std::string>{"road", "66.67", "75.00", "85.71"}));
  EXPECT_EQ(rows[2], (std::vector<std::string>{"car", "33.33", "66.67", "80.00"}));
  EXPECT_EQ(rows[3], (std::vector<std::string>{"class 2", "0.00", "-", "-"}));  // has no name, is nowhere
  EXPECT_EQ(rows[4], (std::vector<std::string>{"mean of the classes present", "", "70.83", "82.86"}));
  EXPECT_EQ(rows[5], (std::vector<std::string>{"weighted by share", "", "72.22", "83.81"}));
  EXPECT_EQ(rows[6], (std::vector<std::string>{"all pixels", "", "71.43", "83.33"}));
}

TEST(Results, WhatIsNoMatterOfClassesHasATableOfItsOwn) {
  ProtocolResult other = example();
  other.protocol = "msf";
  EXPECT_EQ(overall_table({example(), other}), (TableRows{{"overall", "% ss", "% msf"},
                                                          {"pixel accuracy", "83.33", "83.33"},
                                                          {"mean accuracy of classes", "87.50", "87.50"}}));
}

TEST(Results, ByTheReferencesRuleAnAbsentClassIsPartOfTheMean) {
  ProtocolResult result = example();
  result.absent_class = AbsentClass::reference;
  EXPECT_DOUBLE_EQ(to_json({result}).at("ss").at("miou").get<double>(), (3.0 / 5 + 2.0 / 4) / 3);
  const TableRows rows = class_table({result}, {});
  EXPECT_EQ(rows[3][2], "0.00");
  EXPECT_EQ(rows[4][0], "mean of all classes");
  result.absent_class = AbsentClass::zero;
  EXPECT_EQ(class_table({result}, {})[4][0], "mean of all classes");
  result.absent_class = AbsentClass::labelled_only;
  EXPECT_EQ(class_table({result}, {})[4][0], "mean of the labelled classes");
}

TEST(Results, EachProtocolHasItsColumns) {
  ProtocolResult other = example();
  other.protocol = "msf";
  const TableRows rows = class_table({example(), other}, {});
  EXPECT_EQ(rows[0], (std::vector<std::string>{"class", "share %", "IoU % ss", "F1 (Dice) % ss", "IoU % msf",
                                               "F1 (Dice) % msf"}));
  for (const auto& row : rows) EXPECT_EQ(row.size(), 6U);
}

TEST(Results, WithoutResultsThereIsTheHeadAlone) { EXPECT_EQ(class_table({}, {"road"}).size(), 1U); }

}  // namespace
}  // namespace seg
