// SPDX-License-Identifier: Apache-2.0
#include "loader/crop_maker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "tests/loader/counted_allocations.h"
#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;

CropOptions augmented(std::int64_t height, std::int64_t width) {
  CropOptions options;
  options.seed = 9;
  options.augmentation = {.crop_height = height,
                          .crop_width = width,
                          .scale_low = 0.4,
                          .scale_high = 2,
                          .flip = 0.5,
                          .flip_vertical = 0.3,
                          .brightness = 0.4,
                          .contrast = 0.4,
                          .saturation = 0.4};
  return options;
}

template <class T>
struct Crop {
  std::vector<T> image;
  std::vector<std::uint8_t> label;
  bool operator==(const Crop&) const = default;
};

template <class T>
Crop<T> made(CropMaker& maker, const Dataset& dataset, const CropOptions& options, std::uint64_t sample,
             std::size_t index, MadeCrop* told) {
  const auto pixels = static_cast<std::size_t>(options.augmentation.crop_height * options.augmentation.crop_width);
  Crop<T> crop{std::vector<T>(pixels * static_cast<std::size_t>(dataset.traits().channels), T{77}),
               std::vector<std::uint8_t>(pixels, 77)};
  *told = maker.make(sample, index, {.image = std::as_writable_bytes(std::span(crop.image)), .label = crop.label});
  return crop;
}

// Turned clockwise by a quarter of a circle: what was on top is on the right.
template <class T>
Image quarter_turned(const Image& image) {
  ImageLayout layout = image.layout();
  std::swap(layout.height, layout.width);
  Image turned(layout);
  for (std::int64_t y = 0; y < layout.height; ++y) {
    for (std::int64_t x = 0; x < layout.width; ++x) {
      const auto from = image.row<T>(layout.width - 1 - x).subspan(static_cast<std::size_t>(y * layout.channels));
      std::copy_n(from.begin(), layout.channels, turned.row<T>(y).begin() + x * layout.channels);
    }
  }
  return turned;
}
LabelMap quarter_turned(const LabelMap& label) {
  LabelMap turned(label.width(), label.height());
  for (std::int64_t y = 0; y < turned.height(); ++y) {
    for (std::int64_t x = 0; x < turned.width(); ++x) {
      turned.row(y)[static_cast<std::size_t>(x)] = label.row(turned.width() - 1 - x)[static_cast<std::size_t>(y)];
    }
  }
  return turned;
}

// Blur and noise of the part that is not padding.
template <class T>
void change_finished(const CropPlan& plan, std::size_t channels, std::vector<T>& image) {
  const Window inner = inner_window(plan.geometry);
  const std::size_t row = static_cast<std::size_t>(plan.geometry.width) * channels;
  const std::size_t first = static_cast<std::size_t>(inner.top) * row + static_cast<std::size_t>(inner.left) * channels;
  const auto height = static_cast<std::size_t>(inner.height), width = static_cast<std::size_t>(inner.width);
  Blur().apply(PixelArea<T>{image.data() + first, height, width, channels, row}, plan.blur);
  for (std::size_t y = 0; y < height; ++y) {
    for (std::size_t i = first + y * row; i < first + y * row + width * channels; ++i) {
      add_noise(plan.noise, static_cast<std::uint32_t>(i), std::span(image).subspan(i, 1));
    }
  }
}

// The whole image is turned and scaled, then cut, flipped and recoloured, pixel by pixel.
template <class T>
Crop<T> expected_of(const CropPlan& plan, const Dataset& dataset, const CropOptions& options,
                    const std::vector<std::int32_t>& pivots, std::size_t index) {
  EncodedSample encoded;
  Image image;
  LabelMap label;
  dataset.fetch(index, encoded);
  dataset.decode_image(index, encoded, whole(encoded.layout), image);
  dataset.decode_label(index, encoded, whole(encoded.layout), label);
  for (int number = plan.orientation.number; number != 1; number = number == 8 ? 3 : number == 3 ? 6 : 1) {
    image = quarter_turned<T>(image);
    label = quarter_turned(label);
  }
  const CropGeometry& g = plan.geometry;
  CropGeometry all = g;
  all.top = all.left = 0;
  all.height = g.scaled_height;
  all.width = g.scaled_width;
  all.flip = all.flip_vertical = false;
  Resampler resampler;
  resampler.prepare(all, image.channels());
  const auto channels = static_cast<std::size_t>(image.channels());
  std::vector<T> scaled(static_cast<std::size_t>(all.height * all.width) * channels);
  std::vector<std::uint8_t> scaled_label(static_cast<std::size_t>(all.height * all.width));
  resampler.image_rows(image, 0, all.height, scaled, 0);
  (void)resampler.label(label, scaled_label, 0, 255);

  ColorJitter jitter(pivots, options.jitter_rounding);
  jitter.prepare(plan.jitter);
  jitter.apply(std::span(scaled));
  std::vector<T> padding_pixel(channels, 0);
  GammaCurve gamma;
  gamma.prepare(plan.gamma);
  gamma.apply(std::span(scaled));
  if (options.jitter_padding) {
    jitter.apply(std::span(padding_pixel));
    gamma.apply(std::span(padding_pixel));
  }
  Crop<T> crop;
  for (std::int64_t y = 0; y < g.height; ++y) {
    for (std::int64_t x = 0; x < g.width; ++x) {
      const std::int64_t row = g.top + (g.flip_vertical ? g.height - 1 - y : y);
      const std::int64_t column = g.left + (g.flip ? g.width - 1 - x : x);
      const bool padding = row < 0 || column < 0 || row >= all.height || column >= all.width;
      const auto position = static_cast<std::size_t>(padding ? 0 : row * all.width + column);
      const auto pixel =
          padding ? padding_pixel.begin() : scaled.begin() + static_cast<std::ptrdiff_t>(position * channels);
      crop.image.insert(crop.image.end(), pixel, pixel + static_cast<std::ptrdiff_t>(channels));
      crop.label.push_back(padding ? options.pad_label : scaled_label[position]);
    }
  }
  change_finished(plan, channels, crop.image);
  return crop;
}

// The first place with small enough shares, else that with the smallest, each found from the finished crop's labels.
template <class T>
Crop<T> expected(const FakeDataset& dataset, const CropOptions& options, const std::vector<std::int32_t>& pivots,
                 std::uint64_t sample, std::size_t index) {
  const ImageLayout layout = dataset.layout_of(index);
  const CropPlan plan = draw_crop(options.augmentation, options.seed, sample, layout.height, layout.width);
  if (!places_by_labels(options.augmentation)) return expected_of<T>(plan, dataset, options, pivots, index);
  EncodedSample encoded;
  LabelMap labels;
  dataset.fetch(index, encoded);
  dataset.decode_label(index, encoded, whole(layout), labels);
  for (int number = plan.orientation.number; number != 1; number = number == 8 ? 3 : number == 3 ? 6 : 1) {
    labels = quarter_turned(labels);
  }
  CropPlace place(options.augmentation, 255);
  place.look_at(labels);
  const double most = options.augmentation.crop_max_class_share;
  if (most >= 1) return expected_of<T>(place.at(plan, 0), dataset, options, pivots, index);
  Crop<T> best;
  double least = 2;
  for (int attempt = 0; attempt <= kLaterAttempts && least > most; ++attempt) {
    const Crop<T> crop = expected_of<T>(place.at(plan, attempt), dataset, options, pivots, index);
    std::map<int, double> pixels;
    double sum = 0, largest = 0;
    for (const std::uint8_t label : crop.label) {
      if (label == 255) continue;
      largest = std::max(largest, ++pixels[label]);
      ++sum;
    }
    if (largest / sum >= least) continue;
    least = largest / sum;
    best = crop;
  }
  return best;
}

template <class T>
void compare(const FakeDataset& dataset, const CropOptions& options, const std::vector<std::int32_t>& pivots) {
  CropMaker maker(dataset, options);
  for (std::uint64_t sample = 0; sample < 60; ++sample) {
    const std::size_t index = sample % dataset.size();
    MadeCrop told;
    const Crop<T> crop = made<T>(maker, dataset, options, sample, index, &told);
    ASSERT_TRUE((crop == expected<T>(dataset, options, pivots, sample, index))) << sample;
    const auto valid = std::count_if(crop.label.begin(), crop.label.end(), [](std::uint8_t v) { return v != 255; });
    ASSERT_EQ(told.valid_pixels, valid);
    ASSERT_EQ(told.bytes_read, static_cast<std::int64_t>(110 + index));
  }
}

TEST(CropMaker, EqualsScalingTheWholeImageThenCutting) {
  compare<std::uint8_t>(FakeDataset(), augmented(33, 47), {102, 102, 102});
}

CropOptions with_all_changes(CropOptions options) {
  options.augmentation.rot90 = 0.7;
  options.augmentation.gamma = 0.5;
  options.augmentation.blur = 0.5;
  options.augmentation.noise = 0.1;
  return options;
}

TEST(CropMaker, TurnsFirstAndBlursLast) {
  compare<std::uint8_t>(FakeDataset(), with_all_changes(augmented(33, 47)), {102, 102, 102});
  compare<std::uint8_t>(FakeDataset(), with_all_changes(augmented(70, 33)), {102, 102, 102});
  compare<std::uint16_t>(FakeDataset({.channels = 5, .type = PixelType::u16}), with_all_changes(augmented(60, 90)),
                         {26214, 26214, 26214, 26214, 26214});
  CropOptions padded = with_all_changes(augmented(150, 170));
  padded.jitter_padding = true;
  compare<std::uint8_t>(FakeDataset(), padded, {102, 102, 102});
}

TEST(CropMaker, LabelsMayHaveASayInThePlace) {
  CropOptions options = augmented(12, 14);
  options.augmentation.foreground_crops = 0.6;
  compare<std::uint8_t>(FakeDataset(), options, {102, 102, 102});
  options.augmentation.crop_max_class_share = 0.2;
  compare<std::uint8_t>(FakeDataset(), options, {102, 102, 102});
  options.augmentation.foreground_crops = 0;
  compare<std::uint8_t>(FakeDataset(), with_all_changes(options), {102, 102, 102});
}

TEST(CropMaker, CropsMayBeLargerThanEveryImage) {
  compare<std::uint8_t>(FakeDataset(), augmented(150, 170), {102, 102, 102});
}

TEST(CropMaker, TakesSixteenBitsAndAnyNumberOfChannels) {
  compare<std::uint16_t>(FakeDataset({.type = PixelType::u16}), augmented(33, 47), {26214, 26214, 26214});
  compare<std::uint16_t>(FakeDataset({.channels = 5, .type = PixelType::u16}), augmented(60, 90),
                         {26214, 26214, 26214, 26214, 26214});
  compare<std::uint8_t>(FakeDataset({.channels = 1}), augmented(33, 47), {102});
}

TEST(CropMaker, FollowsTheReferencesRulesIfAsked) {
  CropOptions options = augmented(64, 64);
  options.augmentation.crop_rule = CropRule::reference;
  options.pad_label = 19;
  options.jitter_padding = true;
  options.jitter_rounding = Rounding::truncate;
  options.jitter_pivots = {74, 74, 74};
  compare<std::uint8_t>(FakeDataset(), options, {74, 74, 74});
}

// Of the finished crop, whatever turned, scaled and flipped it; looked for from every pixel.
TEST(CropMaker, DistancesAreThoseOfTheCropsLabels) {
  const FakeDataset dataset;
  CropOptions options = with_all_changes(augmented(33, 47));
  options.distances = {.in_batch = true, .radius = 5};
  CropMaker maker(dataset, options);
  std::vector<std::byte> image(33 * 47 * 3);
  std::vector<std::uint8_t> label(33 * 47), distances(33 * 47);
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    (void)maker.make(sample, sample % 7, {.image = image, .label = label, .distances = distances});
    const auto at = [&](int y, int x) { return label[static_cast<std::size_t>(y * 47 + x)]; };
    const auto differ = [&](int y, int x, int to_y, int to_x) {
      const bool is_inside = to_y >= 0 && to_x >= 0 && to_y < 33 && to_x < 47;
      return is_inside && at(y, x) != 255 && at(to_y, to_x) != 255 && at(y, x) != at(to_y, to_x);
    };
    std::vector<std::pair<int, int>> boundary;
    for (int y = 0; y < 33; ++y)
      for (int x = 0; x < 47; ++x)
        if (differ(y, x, y - 1, x) || differ(y, x, y + 1, x) || differ(y, x, y, x - 1) || differ(y, x, y, x + 1))
          boundary.emplace_back(y, x);
    ASSERT_FALSE(boundary.empty());
    for (int y = 0; y < 33; ++y)
      for (int x = 0; x < 47; ++x) {
        double nearest = 5;
        for (const auto& [b_y, b_x] : boundary) nearest = std::min(nearest, std::hypot(b_y - y, b_x - x));
        ASSERT_EQ(distances[static_cast<std::size_t>(y * 47 + x)], std::lround(8 * nearest)) << y << ", " << x;
      }
  }
}

// Points alone take the same map, which then is the worker's own.
TEST(CropMaker, PointsDoNotDependOnWhetherTheBatchCarriesDistances) {
  const FakeDataset dataset;
  CropOptions options = augmented(33, 47);
  options.points = {.count = 64, .boundary_share = 0.75, .sigma = 2};
  CropMaker alone(dataset, options);
  options.distances.in_batch = true;
  CropMaker both(dataset, options);
  std::vector<std::byte> image(33 * 47 * 3);
  std::vector<std::uint8_t> label(33 * 47), distances(33 * 47);
  std::vector<float> first(2 * 64), second(2 * 64), before;
  for (std::uint64_t sample = 0; sample < 5; ++sample) {
    (void)alone.make(sample, 3, {.image = image, .label = label, .points = first});
    (void)both.make(sample, 3, {.image = image, .label = label, .distances = distances, .points = second});
    EXPECT_EQ(first, second);
    EXPECT_NE(first, before);
    before = first;
  }
}

// Whatever the first sample was: later windows may be larger.
TEST(CropMaker, AllocatesNothingAfterTheFirstSampleOfAnImagesSize) {
  const FakeDataset dataset({.sizes_differ = false});
  CropOptions options = with_all_changes(augmented(33, 47));
  options.augmentation.foreground_crops = 0.5;
  options.augmentation.crop_max_class_share = 0.3;
  options.distances.in_batch = true;
  options.points.count = 50;
  std::vector<std::byte> image(33 * 47 * 3);
  std::vector<std::uint8_t> label(33 * 47), distances(33 * 47);
  std::vector<float> points(2 * 50);
  const CropMemory to{.image = image, .label = label, .distances = distances, .points = points};
  for (std::uint64_t first = 0; first < 20; ++first) {
    CropMaker maker(dataset, options);
    (void)maker.make(first, 0, to);
    const std::int64_t before = testing::allocations();
    for (std::uint64_t sample = 0; sample < 50; ++sample) (void)maker.make(sample, sample % 7, to);
    ASSERT_EQ(testing::allocations(), before);
  }
}

TEST(CropMaker, TellsWhereTheTimeWent) {
  const FakeDataset dataset({.is_slow = true});
  CropOptions options = augmented(64, 64);
  options.points.count = 10;
  CropMaker maker(dataset, options);
  std::vector<std::byte> image(64 * 64 * 3);
  std::vector<std::uint8_t> label(64 * 64);
  std::vector<float> points(2 * 10);
  const MadeCrop told = maker.make(0, 0, {.image = image, .label = label, .points = points});
  EXPECT_GE(told.seconds[static_cast<std::size_t>(LoaderStage::read)], 0.002);
  for (const double seconds : told.seconds) EXPECT_GT(seconds, 0);
  StageSeconds sums{};
  double last = told.spans[0].begin;
  for (std::size_t i = 0; i < told.num_spans; ++i) {
    const StageSpan& span = told.spans[i];
    EXPECT_GE(span.begin, last - 1e-9);
    EXPECT_GE(span.end, span.begin);
    last = span.end;
    sums[static_cast<std::size_t>(span.stage)] += span.end - span.begin;
  }
  for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_NEAR(sums[i], told.seconds[i], 1e-4) << kLoaderStageNames[i];
  EXPECT_LT(told.num_spans, MadeCrop::kMostSpans);
}

}  // namespace
}  // namespace seg
