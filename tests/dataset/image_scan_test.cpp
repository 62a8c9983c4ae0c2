// SPDX-License-Identifier: Apache-2.0
#include "dataset/image_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/error.h"
#include "tests/support/problem_record.h"

namespace seg {
namespace {

// Gray images of 2x2 pixels in memory; one without pixels cannot be read.
class FakeDataset final : public Dataset {
 public:
  explicit FakeDataset(std::vector<std::vector<int>> images, std::vector<std::string> names = {})
      : images_(std::move(images)), names_(std::move(names)) {
    traits_.channels = 1;
  }
  std::size_t size() const noexcept override { return images_.size(); }
  std::string name(std::size_t i) const override { return i < names_.size() ? names_[i] : "image" + std::to_string(i); }
  std::string label_name(std::size_t i) const override { return "label" + std::to_string(i); }
  void fetch(std::size_t, EncodedSample& encoded) const override {
    encoded.images.assign(1, Bytes(10));
    encoded.label.resize(5);
    encoded.layout = {2, 2, 1, PixelType::u8};
  }
  void fetch_label(std::size_t, EncodedSample&) const override { FAIL(); }
  void decode_image(std::size_t i, const EncodedSample&, const Window&, Image& image) const override {
    if (images_[i].empty()) fail(name(i), "is broken", "mend it");
    image.resize({2, 2, 1, PixelType::u8});
    for (std::size_t p = 0; p < 4; ++p) image.bytes()[p] = static_cast<std::byte>(images_[i][p]);
  }
  void decode_label(std::size_t, const EncodedSample&, const Window&, LabelMap&) const override { FAIL(); }

 private:
  std::vector<std::vector<int>> images_;
  std::vector<std::string> names_;
};

std::vector<Problem> recorded(std::vector<Problem> problems) {
  testing::record(problems);
  return problems;
}

TEST(ImageScan, MeasuresMeanAndDeviationOfAllPixels) {
  const FakeDataset dataset({{0, 255, 255, 0}, {51, 51, 51, 51}});
  const ImageScan scan = scan_images(dataset, {.threads = 2});
  EXPECT_TRUE(scan.problems.empty());
  ASSERT_EQ(scan.mean.size(), 1u);
  EXPECT_NEAR(scan.mean[0], (2 + 4 * 0.2) / 8, 1e-12);
  EXPECT_NEAR(scan.deviation[0], std::sqrt((2 + 4 * 0.04) / 8 - 0.35 * 0.35), 1e-12);
  EXPECT_EQ(scan.bytes_read, 30);
}

TEST(ImageScan, NamesWhatCannotBeDecodedAndGoesOn) {
  const FakeDataset dataset({{}, {1, 2, 3, 4}, {}, {}});
  const ImageScan scan = scan_images(dataset, {.threads = 3, .problems_in_full = 2});
  ASSERT_EQ(scan.problems.size(), 3u);
  EXPECT_EQ(scan.problems[0].where, "image0");
  EXPECT_EQ(scan.problems[1].where, "image2");
  EXPECT_EQ(scan.problems[2].where, "image3");  // one more takes no more room than its count
  EXPECT_FALSE(scan.fingerprints[0]);
  EXPECT_TRUE(scan.fingerprints[1]);
  EXPECT_NEAR(scan.mean[0], 2.5 / 255, 1e-12);
}

TEST(ImageScan, DoesNotDependOnThreads) {
  std::vector<std::vector<int>> images;
  for (int i = 0; i < 40; ++i) images.push_back({i, 3 * i, 7, 255 - i});
  const FakeDataset dataset(images);
  const ImageScan one = scan_images(dataset, {.threads = 1}), many = scan_images(dataset, {.threads = 5});
  EXPECT_EQ(one.fingerprints, many.fingerprints);
  EXPECT_EQ(one.mean, many.mean);
  EXPECT_EQ(one.deviation, many.deviation);
}

TEST(ImageScan, TellsProgressOfEveryImage) {
  const FakeDataset dataset({{1, 1, 1, 1}, {}, {2, 2, 2, 2}});
  std::size_t last = 0;
  (void)scan_images(dataset, {.threads = 2, .progress = [&](std::size_t done) { last = std::max(last, done); }});
  EXPECT_EQ(last, 3u);
}

TEST(SharedImages, AreThoseOfBothSplits) {
  const FakeDataset train({{1, 2, 3, 4}, {5, 6, 7, 8}}),
      validation({{9, 9, 9, 9}, {5, 6, 7, 8}, {}}, {"v0", "v1", "v2"});
  const ImageScan first = scan_images(train, {}), second = scan_images(validation, {});
  const auto problems = recorded(shared_images({train, first}, {validation, second}));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].what.find("1 of 3"), std::string::npos) << problems[0].what;
  EXPECT_NE(problems[0].what.find("v1 = image1"), std::string::npos) << problems[0].what;
  EXPECT_TRUE(shared_images({train, first}, {FakeDataset({{0, 0, 0, 0}}), scan_images(FakeDataset({{0, 0, 0, 0}}), {})})
                  .empty());
}

TEST(SharedImages, OrderOfPixelsMatters) {
  const FakeDataset train({{1, 2, 3, 4}}), validation({{4, 3, 2, 1}});
  EXPECT_TRUE(shared_images({train, scan_images(train, {})}, {validation, scan_images(validation, {})}).empty());
}

TEST(RepeatedImages, AreCopiesUnderOtherNames) {
  const FakeDataset dataset({{1, 2, 3, 4}, {1, 2, 3, 4}, {1, 2, 3, 4}, {0, 0, 0, 0}}, {"a", "a", "copy", "b"});
  const auto problems = recorded(repeated_images({dataset, scan_images(dataset, {})}, "the training data"));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].where, "the training data");
  EXPECT_EQ(problems[0].what, "1 image is a copy: copy = a");
}

}  // namespace
}  // namespace seg
