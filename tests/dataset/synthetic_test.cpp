// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <set>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "config/dataset.h"
#include "dataset/dataset.h"

namespace seg {
namespace {

DatasetConfig config_of(std::int64_t height, std::int64_t width, std::int64_t images = 100) {
  DatasetConfig config;
  config.dataset = "Synthetic";
  config.synthetic_size = {.height = height, .width = width};
  config.synthetic_images = images;
  config.synthetic_val_images = 40;
  return config;
}

Sample sample_of(const Dataset& dataset, std::size_t i) {
  EncodedSample encoded;
  Sample sample;
  dataset.fetch(i, encoded);
  dataset.decode_image(i, encoded, whole(encoded.layout), sample.image);
  dataset.decode_label(i, encoded, whole(encoded.layout), sample.label);
  return sample;
}

std::uint64_t digest(std::span<const std::byte> bytes) {
  return hash_of(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::vector<Problem> problems_of(const DatasetConfig& config) {
  try {
    open_dataset(config, Split::train);
  } catch (const UserError& error) {
    return error.problems();
  }
  return {};
}

TEST(Synthetic, KnowsItsClassesSizesAndNumbers) {
  const auto train = open_dataset(config_of(48, 96), Split::train),
             val = open_dataset(config_of(48, 96), Split::validation);
  EXPECT_EQ(train->size(), 100u);
  EXPECT_EQ(val->size(), 40u);
  EXPECT_EQ(train->traits().num_classes, 11);
  EXPECT_EQ(train->traits().class_names.size(), 11u);
  EXPECT_EQ(train->traits().palette.size(), 11u);
  EXPECT_EQ(train->name(7), "Synthetic train image 7");
  EncodedSample encoded;
  train->fetch(0, encoded);
  EXPECT_EQ(encoded.layout, (ImageLayout{48, 96, 3, PixelType::u8}));
}

// Pins the pixels, so that results on different machines and of different versions can be compared.
TEST(Synthetic, PixelsAreTheSameEverywhere) {
  const Sample sample = sample_of(*open_dataset(config_of(64, 128), Split::train), 3);
  EXPECT_EQ(digest(sample.image.bytes()), 13235788116081169076u);
  EXPECT_EQ(digest(std::as_bytes(sample.label.values())), 13379902445811137549u);
}

TEST(Synthetic, TrainingNeverSeesAValidationStreet) {
  std::set<std::uint64_t> seen;
  for (const Split split : {Split::train, Split::validation}) {
    const auto dataset = open_dataset(config_of(32, 64, 40), split);
    for (std::size_t i = 0; i < dataset->size(); ++i) seen.insert(digest(sample_of(*dataset, i).image.bytes()));
  }
  EXPECT_EQ(seen.size(), 80u);
}

TEST(Synthetic, MoreImagesLeaveTheFirstOnesAlone) {
  const auto few = open_dataset(config_of(32, 64, 5), Split::train),
             many = open_dataset(config_of(32, 64, 5000), Split::train);
  EXPECT_EQ(digest(sample_of(*few, 4).image.bytes()), digest(sample_of(*many, 4).image.bytes()));
  EXPECT_EQ(sample_of(*many, 4999).image.height(), 32);
}

TEST(Synthetic, ThreadsDrawTheSamePixels) {
  const auto dataset = open_dataset(config_of(48, 80), Split::train);
  std::vector<std::vector<std::uint64_t>> hashes(4);
  std::vector<std::thread> threads;
  for (auto& mine : hashes)
    threads.emplace_back([&] {
      for (std::size_t i = 0; i < 6; ++i) {
        const Sample sample = sample_of(*dataset, i);
        mine.push_back(digest(sample.image.bytes()) ^ digest(std::as_bytes(sample.label.values())));
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const auto& other : hashes) EXPECT_EQ(other, hashes[0]);
}

TEST(Synthetic, AnEmptyWindowIsEmpty) {
  const auto dataset = open_dataset(config_of(48, 80), Split::train);
  EncodedSample encoded;
  Image image;
  LabelMap label;
  dataset->fetch(0, encoded);
  dataset->decode_image(0, encoded, {3, 3, 0, 5}, image);
  dataset->decode_label(0, encoded, {3, 3, 0, 5}, label);
  EXPECT_EQ(image.height(), 0);
  EXPECT_EQ(label.height(), 0);
}

TEST(Synthetic, EveryClassIsSeenOftenEnoughToBeLearned) {
  DatasetConfig config = config_of(64, 128);
  config.lb_ignore = 200;
  const auto dataset = open_dataset(config, Split::train);
  std::array<double, 256> pixels{};
  std::array<int, 256> images{};
  for (std::size_t i = 0; i < 100; ++i) {
    std::array<int, 256> counts{};
    const Sample sample = sample_of(*dataset, i);
    for (const std::uint8_t value : sample.label.values()) ++counts[value];
    for (std::size_t value = 0; value < 256; ++value) {
      pixels[value] += counts[value];
      images[value] += counts[value] > 0 ? 1 : 0;
    }
  }
  const double all = 100.0 * 64 * 128;
  for (std::size_t value = 0; value < 256; ++value) {
    if (value < 11) {
      EXPECT_GT(pixels[value] / all, 0.003) << value;
      EXPECT_LT(pixels[value] / all, 0.45) << value;
      EXPECT_GE(images[value], 70) << value;
    } else if (value == 200) {
      EXPECT_GT(pixels[value] / all, 0.002);
      EXPECT_LT(pixels[value] / all, 0.06);
    } else {
      ASSERT_EQ(pixels[value], 0) << value;
    }
  }
}

TEST(Synthetic, MeanAndDeviationAreWhatItSays) {
  const auto dataset = open_dataset(config_of(32, 64, 400), Split::train);
  double sum[3] = {}, squares[3] = {}, count = 0;
  for (std::size_t i = 0; i < 400; ++i) {
    const Sample sample = sample_of(*dataset, i);
    for (std::size_t k = 0; k < sample.image.bytes().size(); ++k) {
      const double value = std::to_integer<int>(sample.image.bytes()[k]) / 255.0;
      sum[k % 3] += value;
      squares[k % 3] += value * value;
    }
    count += 32 * 64;
  }
  for (std::size_t c = 0; c < 3; ++c) {
    const double mean = sum[c] / count;
    EXPECT_NEAR(dataset->traits().mean[c], mean, 0.015);
    EXPECT_NEAR(dataset->traits().std[c], std::sqrt(squares[c] / count - mean * mean), 0.015);
  }
}

double mean_iou(const std::vector<std::pair<int, int>>& label_and_guess) {
  double both[11] = {}, either[11] = {};
  for (const auto& [label, guess] : label_and_guess) {
    if (label == 255) continue;
    if (label == guess) ++both[label];
    ++either[label];
    if (label != guess) ++either[guess];
  }
  double sum = 0;
  for (int k = 0; k < 11; ++k) sum += either[k] > 0 ? both[k] / either[k] : 0;
  return sum / 11;
}

// The likeliest class of what `feature` tells about a pixel, learned on training streets, is not enough.
double naive_mean_iou(const std::function<std::size_t(const Sample&, std::int64_t y, std::int64_t x)>& feature) {
  std::vector<std::array<int, 11>> counts(1 << 15);
  std::vector<std::pair<int, int>> results;
  for (const Split split : {Split::train, Split::validation}) {
    const auto dataset = open_dataset(config_of(32, 64, 300), split);
    for (std::size_t i = 0; i < dataset->size(); ++i) {
      const Sample sample = sample_of(*dataset, i);
      for (std::int64_t y = 0; y < 32; ++y)
        for (std::int64_t x = 0; x < 64; ++x) {
          const int label = sample.label.row(y)[static_cast<std::size_t>(x)];
          auto& seen = counts[feature(sample, y, x)];
          if (split == Split::train) {
            if (label < 11) ++seen[static_cast<std::size_t>(label)];
          } else {
            results.emplace_back(label, static_cast<int>(std::ranges::max_element(seen) - seen.begin()));
          }
        }
    }
  }
  return mean_iou(results);
}

TEST(Synthetic, NeitherColourNorPlaceAloneTellsTheClass) {
  const double by_color = naive_mean_iou([](const Sample& sample, std::int64_t y, std::int64_t x) {
    const auto pixel = sample.image.row<std::uint8_t>(y).subspan(static_cast<std::size_t>(3 * x), 3);
    return static_cast<std::size_t>((pixel[0] >> 3) << 10 | (pixel[1] >> 3) << 5 | pixel[2] >> 3);
  });
  const double by_place = naive_mean_iou(
      [](const Sample&, std::int64_t y, std::int64_t x) { return static_cast<std::size_t>(y * 64 + x); });
  RecordProperty("mean_iou_by_color", std::to_string(by_color));
  RecordProperty("mean_iou_by_place", std::to_string(by_place));
  EXPECT_LT(by_color, 0.25);
  EXPECT_LT(by_place, 0.25);
}

TEST(Synthetic, KeysItCannotHonourAreRefusedAtOnce) {
  DatasetConfig config = config_of(48, 80);
  config.label_map = LabelTable{{0, 1}};
  config.lb_ignore = 10;
  config.mean = std::vector<double>{0.5};
  config.std = std::vector<double>{0.5, 0.5, 0.5};
  const auto problems = problems_of(config);
  ASSERT_EQ(problems.size(), 3u);
  EXPECT_EQ(problems[0].where, "label_map");
  EXPECT_EQ(problems[1].where, "lb_ignore");
  EXPECT_EQ(problems[2].where, "mean");
  config = config_of(48, 80);
  config.label_map = "none";
  config.lb_ignore = 11;
  config.mean = std::vector<double>{0.5, 0.5, 0.5};
  EXPECT_TRUE(problems_of(config).empty());
}

}  // namespace
}  // namespace seg
