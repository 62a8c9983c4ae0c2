// SPDX-License-Identifier: Apache-2.0
#include "dataset/scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "base/error.h"
#include "tests/support/problem_record.h"

namespace seg {
namespace {

// Labels in memory; a sample without pixels cannot be read.
class FakeDataset final : public Dataset {
 public:
  explicit FakeDataset(std::vector<std::vector<int>> labels, int ignore = 255) : labels_(std::move(labels)) {
    traits_.ignore_label = static_cast<std::uint8_t>(ignore);
    traits_.class_names = {"sky", "road", "car"};
  }
  std::size_t size() const noexcept override { return labels_.size(); }
  std::string name(std::size_t i) const override { return "image" + std::to_string(i); }
  std::string label_name(std::size_t i) const override { return "label" + std::to_string(i); }
  void fetch(std::size_t, EncodedSample&) const override { FAIL() << "a scan must not read images"; }
  void fetch_label(std::size_t i, EncodedSample& encoded) const override {
    if (labels_[i].empty()) fail(name(i), "is broken", "mend it");
    encoded.layout = {static_cast<std::int64_t>(labels_[i].size()) / 2, 2, 3, PixelType::u8};
  }
  void decode_image(std::size_t, const EncodedSample&, const Window&, Image&) const override { FAIL(); }
  void decode_label(std::size_t i, const EncodedSample&, const Window& window, LabelMap& label) const override {
    label.resize(window.height, window.width);
    for (std::size_t p = 0; p < label.values().size(); ++p)
      label.values()[p] = static_cast<std::uint8_t>(labels_[i][p]);
  }

 private:
  std::vector<std::vector<int>> labels_;
};

ScanReport scan(const Dataset& dataset, std::int64_t num_classes, int threads = 2) {
  ScanReport report = scan_labels(dataset, {.num_classes = num_classes, .threads = threads});
  testing::record(report.problems);
  testing::record(report.warnings);
  return report;
}

TEST(Scan, CountsPixelsImagesAndShares) {
  const FakeDataset dataset({{0, 0, 1, 255}, {0, 0, 0, 0, 1, 2}});
  const ScanReport report = scan(dataset, 3);
  EXPECT_TRUE(report.problems.empty());
  EXPECT_TRUE(report.warnings.empty());
  EXPECT_EQ(report.samples, 2u);
  EXPECT_EQ(report.bad_samples, 0u);
  ASSERT_EQ(report.classes.size(), 3u);
  EXPECT_EQ(report.classes[0].pixels, 6);
  EXPECT_EQ(report.classes[0].images, 2);
  EXPECT_DOUBLE_EQ(report.classes[0].share, 6.0 / 9);
  EXPECT_EQ(report.classes[2].images, 1);
  EXPECT_EQ(report.classes[1].pixels_of_images, 9) << "what is ignored is of no class";
  EXPECT_EQ(report.classes[2].pixels_of_images, 6);
  EXPECT_EQ(report.ignored_pixels, 1);
  EXPECT_EQ(report.invalid_pixels, 0);
  EXPECT_EQ(report.smallest.height, 2);
  EXPECT_EQ(report.largest.height, 3);
}

TEST(Scan, NamesFileValueCountPlaceAndRemedyOfLabelsOutOfRange) {
  const FakeDataset dataset({{0, 1, 2, 0}, {0, 1, 34, 1, 34, 2}});
  const ScanReport report = scan(dataset, 3);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.problems[0].where, "label1");
  EXPECT_EQ(report.problems[0].what,
            "label 34 in 2 pixels, the first at row 1, column 0; but n_cats = 3 allows 0 to 2 and lb_ignore = 255");
  EXPECT_EQ(report.problems[0].remedy, "lb_ignore = 34 if this is no class, n_cats = 35 if it is one; or a label_map");
  EXPECT_EQ(report.bad_samples, 1u);
  EXPECT_EQ(report.invalid_pixels, 2);
}

TEST(Scan, TellsSeveralWrongValuesTogether) {
  const FakeDataset dataset({{7, 8, 8, 9, 10, 11, 12, 13, 0, 255}});
  const ScanReport report = scan(dataset, 3);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_NE(report.problems[0].what.find("label 8 in 2 pixels"), std::string::npos);
  EXPECT_NE(report.problems[0].what.find("also 7, 9, 10 and 3 others"), std::string::npos);
  EXPECT_NE(report.problems[0].remedy.find("n_cats = 14"), std::string::npos);
}

TEST(Scan, RecognisesMasks) {
  const FakeDataset half({{0, 127, 0, 127}});
  EXPECT_EQ(scan(half, 2).problems.at(0).remedy,
            "these look like masks of 0 and 127: label_map = {0=0, 127=1} and n_cats = 2");
  const FakeDataset full({{0, 255, 0, 255}});  // in range, but nothing is left to learn
  const ScanReport report = scan(full, 2);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_NE(report.problems[0].what.find("only one class is left"), std::string::npos);
  EXPECT_NE(report.problems[0].remedy.find("{0=0, 255=1}"), std::string::npos);
  const FakeDataset other({{0, 255, 0, 255}}, 9);
  EXPECT_NE(scan(other, 2).problems.at(0).remedy.find("{0=0, 255=1}"), std::string::npos);
}

TEST(Scan, WhatMayBeSkippedIsOneWarning) {
  const FakeDataset dataset({{0, 1}, {}, {0, 1}, {}});
  const ScanReport two = scan_labels(dataset, {.num_classes = 2, .may_skip = 2});
  testing::record(two.warnings);
  EXPECT_TRUE(two.problems.empty());
  ASSERT_EQ(two.warnings.size(), 1u);
  EXPECT_EQ(two.warnings[0].where, "the training data");
  EXPECT_EQ(two.warnings[0].what, "2 of 4 samples cannot be used and will be skipped; the first: image1: is broken");
  EXPECT_EQ(two.bad_samples, 2u);
  EXPECT_EQ(scan_labels(dataset, {.num_classes = 2, .may_skip = 1}).problems.size(), 2u);
}

TEST(Scan, ValidationDataMayHoldFewClasses) {
  const FakeDataset dataset({{1, 255, 1, 255}});
  EXPECT_EQ(scan(dataset, 3).problems.size(), 1u);
  const ScanReport report = scan_labels(dataset, {.num_classes = 3, .split = Split::validation});
  EXPECT_TRUE(report.problems.empty());
  EXPECT_TRUE(report.warnings.empty());
  const FakeDataset nothing({{255, 255}});
  EXPECT_EQ(scan_labels(nothing, {.num_classes = 3, .split = Split::validation}).problems.at(0).where,
            "the validation data");
}

TEST(Scan, AllIgnoredIsAProblemAndAnAbsentClassAWarning) {
  EXPECT_NE(scan(FakeDataset({{255, 255}}), 3).problems.at(0).what.find("every pixel is ignored"), std::string::npos);
  const ScanReport report = scan(FakeDataset({{0, 1}}), 3);
  EXPECT_TRUE(report.problems.empty());
  ASSERT_EQ(report.warnings.size(), 1u);
  EXPECT_NE(report.warnings[0].what.find("1 of 3 classes has no pixel: car"), std::string::npos);
}

TEST(Scan, AnAbsentClassIsToldBesideOtherProblems) {
  const ScanReport report = scan(FakeDataset({{0, 1}, {0, 9}}), 3);
  EXPECT_EQ(report.problems.size(), 1u);
  ASSERT_EQ(report.warnings.size(), 1u);
  EXPECT_NE(report.warnings[0].what.find("1 of 3 classes has no pixel: car"), std::string::npos);
  EXPECT_TRUE(scan(FakeDataset({{9, 9}}), 3).warnings.empty());  // where nothing is in range, that is what matters
}

// Halves the values of its files; 99 is no value of them.
class MappedDataset final : public Dataset {
 public:
  explicit MappedDataset(std::vector<int> values) : values_(std::move(values)) { traits_.label_map = "cityscapes"; }
  std::size_t size() const noexcept override { return 1; }
  std::string name(std::size_t) const override { return "image"; }
  std::string label_name(std::size_t) const override { return "label"; }
  void fetch(std::size_t, EncodedSample&) const override { FAIL(); }
  void fetch_label(std::size_t, EncodedSample& encoded) const override {
    encoded.layout = {1, static_cast<std::int64_t>(values_.size()), 3, PixelType::u8};
  }
  void decode_image(std::size_t, const EncodedSample&, const Window&, Image&) const override { FAIL(); }
  void decode_label(std::size_t, const EncodedSample&, const Window&, LabelMap&) const override { FAIL(); }
  void decode_label_values(std::size_t, const EncodedSample&, const Window& window, LabelMap& label) const override {
    label.resize(window.height, window.width);
    std::ranges::copy(values_, label.values().begin());
  }
  void map_label(std::size_t i, LabelMap& label) const override {
    for (std::uint8_t& value : label.values()) {
      if (value == 99) fail(label_name(i), "99 is unknown", "no 99");
      value = static_cast<std::uint8_t>(value < 13 ? 255 : value / 2);
    }
  }

 private:
  std::vector<int> values_;
};

TEST(Scan, KnowsWhatTheFilesHeldBeforeTheMap) {
  EXPECT_NE(scan(MappedDataset({0, 1, 2, 13}), 19).problems.at(0).what.find("trainIds"), std::string::npos);
  EXPECT_TRUE(scan(MappedDataset({0, 1, 26, 28}), 19).problems.empty());
  EXPECT_TRUE(scan(MappedDataset({50, 20}), 19).problems.at(0).what.starts_with("mapped label 25 in 1 pixel"));
}

TEST(Scan, AValueThatTheMapDoesNotKnowIsAProblemOfItsFile) {
  const ScanReport report = scan(MappedDataset({20, 99}), 19);
  EXPECT_EQ(report.problems.at(0).where, "label");
  EXPECT_EQ(report.bad_samples, 1u);
}

TEST(Scan, FindsAllProblemsAtOnceAndCountsTheRest) {
  std::vector<std::vector<int>> labels;
  for (int i = 0; i < 50; ++i) labels.push_back({0, 99});
  for (int i = 0; i < 30; ++i) labels.push_back({});
  for (int i = 0; i < 20; ++i) labels.push_back({0, 1});
  const FakeDataset dataset(labels);
  const ScanReport report = scan(dataset, 3);
  EXPECT_EQ(report.bad_samples, 80u);
  ASSERT_EQ(report.problems.size(), 22u);
  EXPECT_EQ(report.problems[0].where, "label0");
  EXPECT_EQ(report.problems[10].where, "image50");
  EXPECT_EQ(report.problems[20].what, "and 40 more label files with values out of range");
  EXPECT_EQ(report.problems[21].what, "and 20 more samples whose files cannot be used");
}

TEST(Scan, TheReportDoesNotDependOnThreads) {
  std::vector<std::vector<int>> labels;
  for (int i = 0; i < 200; ++i) labels.push_back({i % 5, i % 3, 0, i % 7 == 0 ? 255 : 1});
  const FakeDataset dataset(labels);
  const ScanReport one = scan(dataset, 3, 1), many = scan(dataset, 3, 5);
  ASSERT_EQ(one.problems.size(), many.problems.size());
  for (std::size_t i = 0; i < one.problems.size(); ++i) EXPECT_EQ(one.problems[i].where, many.problems[i].where);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(one.classes[k].pixels, many.classes[k].pixels);
  EXPECT_EQ(one.ignored_pixels, many.ignored_pixels);
}

TEST(Scan, ProgressGrowsToTheEnd) {
  const FakeDataset dataset(std::vector<std::vector<int>>(100, {0, 1}));
  std::size_t last = 0;
  scan_labels(dataset, {.num_classes = 3, .threads = 4, .progress = [&](std::size_t done) {
                          EXPECT_GT(done, last);
                          last = done;
                        }});
  EXPECT_EQ(last, 100u);
}

}  // namespace
}  // namespace seg
