// SPDX-License-Identifier: Apache-2.0
#include "dataset/survey.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "tests/dataset/image_folder.h"
#include "tests/image/jpeg_maker.h"
#include "tests/image/png_maker.h"
#include "tests/image/tiff_maker.h"
#include "tests/support/problem_record.h"

namespace seg {
namespace {

constexpr ImageLayout kColor{.height = 4, .width = 6, .channels = 3, .type = PixelType::u8};

class SurveyOf : public ::testing::Test {
 protected:
  ImageAndLabel add(const std::string& name, const ImageLayout& layout = kColor, int value = 7, int label = 0) {
    folder_.write_image(name + ".png", layout, value);
    folder_.write_label(name + "_mask.png", layout.height, layout.width, label);
    return added(name);
  }
  ImageAndLabel added(const std::string& name) {
    pairs_.push_back({.image = name + ".png", .label = name + "_mask.png", .stem = name});
    return pairs_.back();
  }
  void write_color_label(const std::string& name, const Rgb& left, const Rgb& right) {
    Image image(kColor);
    for (std::int64_t y = 0; y < kColor.height; ++y)
      for (std::size_t x = 0; x < 6; ++x) {
        const Rgb& color = x < 2 ? left : right;
        const auto row = image.row<std::uint8_t>(y);
        row[3 * x] = color.r;
        row[3 * x + 1] = color.g;
        row[3 * x + 2] = color.b;
      }
    write_png(folder_ / (name + "_mask.png"), image);
  }
  Survey survey(const SurveyOptions& options = {}) const { return survey_pairs(pairs_, folder_.text(), options); }
  static std::vector<ImageMoments> measured(const Survey& survey) {
    std::vector<ImageMoments> moments;
    for (const auto& one : survey.moments)
      if (one) moments.push_back(*one);
    return moments;
  }
  static ChannelStatistics statistics(const Survey& survey) { return statistics_of(measured(survey), survey.channels); }

  testing::ImageFolder folder_;
  std::vector<ImageAndLabel> pairs_;
};

TEST_F(SurveyOf, CountsValuesPixelsAndImages) {
  add("a", kColor, 7, 0);
  add("b", kColor, 7, 3);
  add("c", {.height = 2, .width = 9, .channels = 3}, 7, 3);
  const Survey found = survey();
  EXPECT_EQ(found.pairs.size(), 3u);
  EXPECT_TRUE(found.dropped.empty());
  EXPECT_EQ(found.values[0].pixels, 24);
  EXPECT_EQ(found.values[3].pixels, 24 + 18);
  EXPECT_EQ(found.values[3].images, 2);
  EXPECT_EQ(found.values[7].pixels, 0);
  EXPECT_EQ(found.smallest_height, 2);
  EXPECT_EQ(found.smallest_width, 6);
  EXPECT_EQ(found.largest_height, 4);
  EXPECT_EQ(found.largest_width, 9);
  EXPECT_EQ(found.channels, 3);
  EXPECT_FALSE(found.has_color_labels);
}

// Against two passes over all pixels in floating point.
TEST_F(SurveyOf, MeasuresMeanAndDeviation) {
  Random random(1, RandomStream::synthetic, 7);
  std::vector<std::array<double, 3>> pixels;
  for (int i = 0; i < 3; ++i) {
    Image image({.height = 5 + i, .width = 7, .channels = 3});
    for (std::int64_t y = 0; y < image.height(); ++y) {
      const auto row = image.row<std::uint8_t>(y);
      for (std::size_t x = 0; x < row.size(); ++x) row[x] = static_cast<std::uint8_t>(random.below(80) + 60 * (x % 3));
      for (std::size_t x = 0; x < row.size(); x += 3)
        pixels.push_back({row[x] / 255.0, row[x + 1] / 255.0, row[x + 2] / 255.0});
    }
    const std::string name = "image" + std::to_string(i);
    write_png(folder_ / (name + ".png"), image);
    folder_.write_label(name + "_mask.png", image.height(), image.width());
    added(name);
  }
  const Survey found = survey({.threads = 3});
  const ChannelStatistics of_found = statistics(found);
  ASSERT_EQ(of_found.mean.size(), 3u);
  for (std::size_t c = 0; c < 3; ++c) {
    double mean = 0, square = 0;
    for (const auto& pixel : pixels) mean += pixel[c] / static_cast<double>(pixels.size());
    for (const auto& pixel : pixels) square += (pixel[c] - mean) * (pixel[c] - mean);
    EXPECT_NEAR(of_found.mean[c], mean, 1e-12);
    EXPECT_NEAR(of_found.std[c], std::sqrt(square / static_cast<double>(pixels.size())), 1e-9);
  }
  EXPECT_EQ(measured(found).size(), 3u);
}

TEST_F(SurveyOf, DoesNotDependOnThreads) {
  for (int i = 0; i < 20; ++i) add("n" + std::to_string(i), kColor, 3 * i, i % 4);
  const Survey one = survey({.measured_images = 7}), many = survey({.measured_images = 7, .threads = 5});
  EXPECT_EQ(measured(one).size(), 7u);
  EXPECT_EQ(statistics(one).mean, statistics(many).mean);
  EXPECT_EQ(statistics(one).std, statistics(many).std);
  EXPECT_EQ(one.pairs.size(), many.pairs.size());
}

TEST_F(SurveyOf, MeasuresTheTrainingPartWhereThereIsOne) {
  for (int i = 0; i < 12; ++i) {
    add("n" + std::to_string(i));
    pairs_.back().part = i % 3 == 0 ? Part::validation : Part::train;
  }
  const Survey found = survey({.measured_images = 4});
  EXPECT_EQ(measured(found).size(), 4u);
  ASSERT_EQ(found.moments.size(), found.pairs.size());
  for (std::size_t i = 0; i < found.pairs.size(); ++i)
    EXPECT_FALSE(found.moments[i] && found.pairs[i].part == Part::validation) << i;
}

TEST_F(SurveyOf, TellsMasksFromClassNumbers) {
  for (const char* name : {"mask", "numbers", "empty"}) add(name, {.height = 1, .width = 2, .channels = 3});
  const auto write = [&](const std::string& name, std::uint8_t left, std::uint8_t right) {
    LabelMap label(1, 2);
    label.values()[0] = left;
    label.values()[1] = right;
    write_png(folder_ / (name + "_mask.png"), label);
  };
  write("mask", 255, 0);
  write("numbers", 255, 1);
  EXPECT_EQ(survey().label_values,
            (std::vector<LabelValues>{LabelValues::mask, LabelValues::numbers, LabelValues::unclear}));
}

TEST_F(SurveyOf, SixteenBitsAndGrayAreScaledByTheirLargestValue) {
  add("deep", {.height = 2, .width = 2, .channels = 1, .type = PixelType::u16}, 0xff);
  const Survey found = survey();
  EXPECT_EQ(found.channels, 1);
  EXPECT_EQ(found.type, PixelType::u16);
  const ChannelStatistics of_found = statistics(found);
  ASSERT_EQ(of_found.mean.size(), 1u);
  EXPECT_DOUBLE_EQ(of_found.mean[0], 1.0);
  EXPECT_DOUBLE_EQ(of_found.std[0], 1e-4);  // the smallest that a config may hold
}

TEST_F(SurveyOf, GrayAmongColoursCountsForAllChannels) {
  add("gray", {.height = 4, .width = 6, .channels = 1}, 0);
  add("color", kColor, 255);
  const Survey found = survey();
  EXPECT_EQ(found.channels, 3);
  for (const double mean : statistics(found).mean) EXPECT_DOUBLE_EQ(mean, 0.5);
}

TEST_F(SurveyOf, ChannelsBesideColourAreMeasuredAndOtherNumbersOfThemLeftOut) {
  const auto add_tiff = [&](const std::string& name, int samples) {
    testing::RawTiff raw{.width = 6, .height = 4, .samples = samples};
    raw.extra.assign(static_cast<std::size_t>(samples - 1), EXTRASAMPLE_UNSPECIFIED);
    for (int i = 0; i < 6 * 4 * samples; ++i) raw.values.push_back(static_cast<std::uint16_t>(51 * (i % samples)));
    const Bytes file = testing::make_tiff(raw);
    folder_.write(name + ".png", std::string(reinterpret_cast<const char*>(file.data()), file.size()));
    folder_.write_label(name + "_mask.png", 4, 6, 0);
    added(name);
  };
  add_tiff("a", 5);
  add_tiff("b", 2);
  add_tiff("c", 5);
  const Survey found = survey();
  EXPECT_EQ(found.channels, 5);
  ASSERT_TRUE(found.moments.at(0).has_value());
  ASSERT_EQ(found.moments[0]->sum.size(), 5u);
  for (std::size_t c = 0; c < 5; ++c) EXPECT_DOUBLE_EQ(found.moments[0]->sum[c], 24 * 0.2 * static_cast<double>(c));
  ASSERT_EQ(found.dropped.size(), 1u);
  testing::record(found.dropped);
  EXPECT_EQ(found.dropped[0].what, "has 2 channels, most images have 5");
}

TEST_F(SurveyOf, BadPairsAreNamedAndLeftOut) {
  add("good");
  for (const char* name : {"cut", "cut_label", "other_size", "text", "empty", "gone", "sixteen"}) add(name);
  const auto shorten = [&](const std::string& name) {
    const std::string bytes = read_text(folder_ / name);
    folder_.write(name, bytes.substr(0, bytes.size() - 20));
  };
  shorten("cut.png");
  shorten("cut_label_mask.png");
  folder_.write_label("other_size_mask.png", 4, 5);
  folder_.write("text.png", "<html>");
  folder_.write("empty_mask.png", "");
  std::filesystem::remove(folder_ / "gone_mask.png");
  folder_.write_image("sixteen_mask.png", {.height = 4, .width = 6, .channels = 1, .type = PixelType::u16});
  for (const std::size_t measured : {std::size_t{0}, std::size_t{100}}) {
    const Survey found = survey({.measured_images = measured, .threads = 2});
    ASSERT_EQ(found.pairs.size(), 1u);
    EXPECT_EQ(found.pairs[0].image, "good.png");
    EXPECT_EQ(found.values[0].images, 1);
    std::vector<std::string> where;
    for (const Problem& problem : found.dropped) {
      where.push_back(problem.where);
      EXPECT_FALSE(problem.what.empty() || problem.remedy.empty());
    }
    const std::string expected[] = {"cut.png",        "cut_label_mask.png", "other_size_mask.png", "text.png",
                                    "empty_mask.png", "gone_mask.png",      "sixteen_mask.png"};
    ASSERT_EQ(where.size(), std::size(expected));
    for (std::size_t i = 0; i < where.size(); ++i) EXPECT_EQ(where[i], (folder_ / expected[i]).string());
  }
}

TEST_F(SurveyOf, JpegIsAnImageButNoLabel) {
  const Bytes jpeg = testing::make_jpeg(testing::flat_image(4, 6, {255, 255, 255}));
  const std::string text(reinterpret_cast<const char*>(jpeg.data()), jpeg.size());
  for (const char* name : {"image", "label", "cut"}) add(name);
  folder_.write("image.png", text);  // the content counts, not the name
  folder_.write("label_mask.png", text);
  folder_.write("cut.png", text.substr(0, text.size() - 8));
  const Survey found = survey();
  ASSERT_EQ(found.pairs.size(), 1u);
  EXPECT_EQ(found.pairs[0].image, "image.png");
  EXPECT_NEAR(statistics(found).mean.at(0), 1, 0.01);
  ASSERT_EQ(found.dropped.size(), 2u);
  EXPECT_NE(found.dropped[0].what.find("JPEG"), std::string::npos);
  EXPECT_NE(found.dropped[1].where.find("cut.png"), std::string::npos);
}

TEST_F(SurveyOf, WhatDiffersInKindFromMostIsLeftOut) {
  add("a");
  add("b");
  add("c");
  add("deep", {.height = 4, .width = 6, .channels = 3, .type = PixelType::u16});
  add("colored");
  write_color_label("colored", {1, 2, 3}, {4, 5, 6});
  const Survey found = survey();
  EXPECT_EQ(found.pairs.size(), 3u);
  testing::record(found.dropped);
  ASSERT_EQ(found.dropped.size(), 2u);
  EXPECT_NE(found.dropped[0].what.find("16 bits"), std::string::npos);
  EXPECT_NE(found.dropped[1].what.find("colour image"), std::string::npos);
  EXPECT_EQ(found.type, PixelType::u8);
  EXPECT_TRUE(found.colors.empty());
}

TEST_F(SurveyOf, ClassNumbersAmongColouredLabelsAreLeftOut) {
  for (const char* name : {"a", "b", "numbers"}) add(name);
  for (const char* name : {"a", "b"}) write_color_label(name, {1, 2, 3}, {4, 5, 6});
  const Survey found = survey();
  EXPECT_TRUE(found.has_color_labels);
  EXPECT_EQ(found.pairs.size(), 2u);
  testing::record(found.dropped);
  ASSERT_EQ(found.dropped.size(), 1u);
  EXPECT_EQ(found.dropped[0].where, (folder_ / "numbers_mask.png").string());
  EXPECT_NE(found.dropped[0].what.find("class numbers"), std::string::npos);
}

TEST_F(SurveyOf, ColouredLabelsAreCountedByColour) {
  for (const char* name : {"a", "b"}) add(name);
  write_color_label("a", {200, 0, 0}, {0, 0, 0});
  write_color_label("b", {0, 0, 9}, {0, 0, 0});
  const Survey found = survey();
  EXPECT_TRUE(found.has_color_labels);
  ASSERT_EQ(found.colors.size(), 3u);
  EXPECT_EQ(found.colors[0].color, (Rgb{0, 0, 0}));
  EXPECT_EQ(found.colors[0].pixels, 2 * 4 * 4);
  EXPECT_EQ(found.colors[0].images, 2);
  EXPECT_EQ(found.colors[1].color, (Rgb{0, 0, 9}));
  EXPECT_EQ(found.colors[2].color, (Rgb{200, 0, 0}));
  EXPECT_EQ(found.colors[2].pixels, 2 * 4);
}

TEST_F(SurveyOf, ValuesOfAPaletteAreNumbers) {
  add("a");
  LabelMap label(4, 6);
  for (std::uint8_t& value : label.values()) value = 2;
  const Rgb palette[] = {{0, 0, 0}, {1, 1, 1}, {250, 0, 0}};
  write_png(folder_ / "a_mask.png", label, palette);
  const Survey found = survey();
  EXPECT_FALSE(found.has_color_labels);
  EXPECT_EQ(found.values[2].pixels, 24);
}

TEST_F(SurveyOf, ColoursOfAPaletteAreKeptUnlessTheyDisagree) {
  const auto write = [&](const std::string& name, const Rgb& color) {
    LabelMap label(4, 6);
    for (std::uint8_t& value : label.values()) value = 1;
    label.row(0)[0] = 0;
    const Rgb palette[] = {{9, 0, 0}, color};
    write_png(folder_ / (name + "_mask.png"), label, palette);
  };
  for (const char* name : {"a", "b", "gray"}) add(name);
  write("a", {250, 1, 2});
  write("b", {250, 1, 2});
  Survey found = survey();
  EXPECT_EQ(found.palette[0], (Rgb{9, 0, 0}));
  EXPECT_EQ(found.palette[1], (Rgb{250, 1, 2}));
  EXPECT_FALSE(found.palette[2]);
  write("b", {250, 1, 3});
  found = survey();
  EXPECT_FALSE(found.palette[0] || found.palette[1]);
}

TEST_F(SurveyOf, OfAPhotographTheColoursAreNotAllKept) {
  add("a");
  const auto png = testing::random_png(64, 64, 8, testing::kPngRgb);
  const Bytes bytes = testing::make_png(png);
  folder_.write("a_mask.png", {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  folder_.write_image("a.png", {.height = 64, .width = 64, .channels = 3});
  const Survey found = survey();
  EXPECT_TRUE(found.has_color_labels);
  EXPECT_GT(found.colors.size(), kMostLabelColors);
  EXPECT_LE(found.colors.size(), kMostLabelColors + 1);
}

TEST_F(SurveyOf, TellsItsProgress) {
  for (int i = 0; i < 9; ++i) add("n" + std::to_string(i));
  std::size_t last = 0;
  survey({.threads = 2, .progress = [&](std::size_t done) { last = std::max(last, done); }});
  EXPECT_EQ(last, 9u);
}

}  // namespace
}  // namespace seg
