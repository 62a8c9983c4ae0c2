// SPDX-License-Identifier: Apache-2.0
#include "dataset/split_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/support/problem_record.h"

namespace seg {
namespace {

struct Files {
  std::vector<int> image;  // 128x128, each value for as many pixels; nothing: it cannot be read
  std::vector<int> label;
};

constexpr std::int64_t kSide = 128;

// Samples in memory. What is given is repeated until the pixels are full.
class FakeDataset final : public Dataset {
 public:
  explicit FakeDataset(std::vector<Files> files) : files_(std::move(files)) {
    traits_.channels = 1;
    traits_.mean = {0.5};
    traits_.std = {0.25};
    traits_.class_names = {"sky", "road", "car"};
  }
  std::size_t size() const noexcept override { return files_.size(); }
  std::string name(std::size_t i) const override { return "image" + std::to_string(i); }
  std::string label_name(std::size_t i) const override { return "label" + std::to_string(i); }
  void fetch(std::size_t i, EncodedSample& encoded) const override {
    if (files_[i].image.empty()) fail(name(i), "is broken", "mend it");
    encoded.layout = {kSide, kSide, 1, PixelType::u8};
  }
  void fetch_label(std::size_t, EncodedSample& encoded) const override {
    encoded.layout = {kSide, kSide, 1, PixelType::u8};
  }
  void decode_image(std::size_t i, const EncodedSample& encoded, const Window&, Image& image) const override {
    image.resize(encoded.layout);
    fill(files_[i].image, image.row<std::uint8_t>(0).data());
  }
  void decode_label(std::size_t i, const EncodedSample&, const Window&, LabelMap& label) const override {
    label.resize(kSide, kSide);
    fill(files_[i].label, label.values().data());
  }

 private:
  static void fill(const std::vector<int>& values, std::uint8_t* to) {
    for (std::size_t i = 0; i < kSide * kSide; ++i) to[i] = static_cast<std::uint8_t>(values[i % values.size()]);
  }

  std::vector<Files> files_;
};

// Three images about the config's mean and deviation, with all classes in each.
std::vector<Files> good() {
  return {{{64, 191, 128}, {0, 1, 2}}, {{60, 195, 128}, {0, 1, 2}}, {{66, 189, 128}, {0, 1, 2}}};
}

SplitCheck check(const std::vector<Files>& files, Split split = Split::train, std::int64_t may_skip = 0) {
  const FakeDataset dataset(files);
  SplitCheck result = check_split(dataset, {.num_classes = 3, .split = split, .may_skip = may_skip, .threads = 2});
  testing::record(result.problems);
  testing::record(result.warnings);
  return result;
}

TEST(SplitCheck, OfAGoodSplitHasNothingToSay) {
  const SplitCheck result = check(good());
  EXPECT_TRUE(result.problems.empty());
  EXPECT_TRUE(result.warnings.empty()) << result.warnings.front().what;
  EXPECT_EQ(result.labels.samples, 3u);
  EXPECT_EQ(result.images.fingerprints.size(), 3u);
}

TEST(SplitCheck, FindsLabelsAndImagesThatCannotBeUsed) {
  std::vector<Files> files = good();
  files[0].label = {0, 1, 2, 77};
  files[2].image = {};
  const SplitCheck result = check(files);
  ASSERT_EQ(result.problems.size(), 2u);
  EXPECT_EQ(result.problems[0].where, "label0");
  EXPECT_EQ(result.problems[1].where, "image2");
}

TEST(SplitCheck, ImagesThatTrainingSkipsAreWarnings) {
  std::vector<Files> files = good();
  files[2].image = {};
  const SplitCheck result = check(files, Split::train, 5);
  EXPECT_TRUE(result.problems.empty());
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_EQ(result.warnings[0].where, "image2");
}

TEST(SplitCheck, NamesClassesThatAreHardlyThere) {
  std::vector<Files> files = good();
  files.push_back(files[0]);
  files[3].image = {64, 190, 128};
  for (Files& each : files) each.label = {0, 1};
  files[1].label.assign(kSide * kSide, 0);
  files[1].label[5] = 2;
  const SplitCheck result = check(files);
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_EQ(result.warnings[0].what, "a class has few pixels or images: car (0.002 % of the pixels, 1 image)");
}

TEST(SplitCheck, ComparesTheConfigsStatisticsWithTheImages) {
  std::vector<Files> files = good();
  for (Files& each : files)
    for (int& value : each.image) value -= 60;
  const SplitCheck result = check(files);
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_EQ(result.warnings[0].where, "mean");
  EXPECT_EQ(result.warnings[0].remedy.find("mean=[0.26"), 0u) << result.warnings[0].remedy;
  EXPECT_TRUE(check(files, Split::validation).warnings.empty());  // nothing is learned from those
}

TEST(SplitCheck, TellsProgressOfBothPasses) {
  const FakeDataset dataset(good());
  std::set<std::string> passes;
  (void)check_split(dataset, {.num_classes = 3, .threads = 2, .progress = [&](std::string_view what, std::size_t) {
                                passes.insert(std::string(what));
                              }});
  EXPECT_EQ(passes, (std::set<std::string>{"images", "labels"}));
}

}  // namespace
}  // namespace seg
