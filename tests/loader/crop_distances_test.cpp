// SPDX-License-Identifier: Apache-2.0
// Those of finished crops: crop_maker_test.cpp.
#include "loader/crop_distances.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "loader/cache_budget.h"
#include "loader/crop_maker.h"
#include "loader/memory_store.h"
#include "loader/reader_memory.h"
#include "tests/loader/counted_allocations.h"
#include "tests/loader/fake_dataset.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::FakeDataset;

constexpr std::int64_t kHeight = 30, kWidth = 38;
constexpr std::size_t kPixels = kHeight * kWidth;

CropOptions options_with(double scale, double turns) {
  CropOptions options;
  options.seed = 3;
  options.augmentation = {.crop_height = kHeight,
                          .crop_width = kWidth,
                          .scale_low = scale,
                          .scale_high = scale,
                          .flip = 0.5,
                          .flip_vertical = 0.5,
                          .rot90 = turns};
  options.distances.in_batch = true;
  return options;
}

struct Made {
  std::vector<std::uint8_t> label = std::vector<std::uint8_t>(kPixels), distances = std::vector<std::uint8_t>(kPixels);
  bool operator==(const Made&) const = default;
};

Made made(const ReaderSource& source, const CropOptions& options, std::uint64_t sample) {
  CropMaker maker(source, options);
  std::vector<std::byte> image(kPixels * 3);
  Made crop;
  (void)maker.make(sample, sample % source.size(), {.image = image, .label = crop.label, .distances = crop.distances});
  return crop;
}

template <class Bytes>
void append(std::ofstream& file, const Bytes& bytes) {
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// For tests/oracles/crop_distances.py.
void append_case(std::ofstream& file, const FakeDataset& dataset, const ReaderSource& cached, double scale,
                 std::uint64_t sample) {
  const CropOptions online = options_with(scale, 0);
  CropOptions whole_labels = online;
  whole_labels.distances.of_whole_labels = true;
  EncodedSample encoded;
  LabelMap label;
  const std::size_t index = sample % dataset.size();
  dataset.fetch(index, encoded);
  dataset.decode_label(index, encoded, whole(encoded.layout), label);
  const CropPlan plan =
      draw_crop(online.augmentation, online.seed, sample, encoded.layout.height, encoded.layout.width);
  const CropGeometry& g = plan.geometry;
  file.precision(17);
  file << g.source_height << ' ' << g.source_width << ' ' << g.scaled_height << ' ' << g.scaled_width << ' ' << g.height
       << ' ' << g.width << ' ' << g.top << ' ' << g.left << ' ' << (g.flip ? 1 : 0) << ' ' << (g.flip_vertical ? 1 : 0)
       << ' ' << plan.scale << '\n';
  const Made found = made(dataset, online, sample), cut = made(cached, whole_labels, sample);
  append(file, label.values());
  append(file, found.label);
  append(file, found.distances);
  append(file, cut.distances);
}

// Found in the crop, and cut from what a cache keeps.
TEST(CropDistances, AreThoseOfSciPysExactTransform) {
  if (testing::python().empty()) GTEST_SKIP() << "no SEG_PYTHON";
  const testing::TemporaryFolder folder;
  const std::string cases = (folder / "cases").string();
  {
    std::ofstream file(cases, std::ios::binary);
    const FakeDataset dataset;
    CacheBudget plenty(1 << 24);
    MemoryStore store(dataset.size(), plenty, dataset.traits().ignore_label);
    const ReaderSource cached(dataset, store);
    for (const double scale : {1.0, 0.5, 0.75, 1.5, 2.0})
      for (std::uint64_t sample = 0; sample < 24; ++sample) append_case(file, dataset, cached, scale, sample);
  }
  const std::string script = (testing::source_folder() / "tests/oracles/crop_distances.py").string();
  EXPECT_EQ(std::system(("'" + testing::python().string() + "' '" + script + "' '" + cases + "'").c_str()), 0);
}

// Where nothing is scaled, those of the whole image are those of the crop up to its frame: whatever is nearer than
// that is the same either way.
TEST(CropDistances, OfWholeLabelsAreThoseOfTheCropWhereItsFrameIsFarther) {
  const FakeDataset dataset;
  for (const double turns : {0.0, 1.0}) {
    CropOptions online = options_with(1, turns), whole = online;
    whole.distances.of_whole_labels = true;
    std::int64_t compared = 0;
    for (std::uint64_t sample = 0; sample < 30; ++sample) {
      const Made found = made(dataset, online, sample), cut = made(dataset, whole, sample);
      ASSERT_EQ(found.label, cut.label);
      for (std::int64_t y = 0; y < kHeight; ++y)
        for (std::int64_t x = 0; x < kWidth; ++x) {
          const auto at = static_cast<std::size_t>(y * kWidth + x);
          const std::int64_t frame = 1 + std::min({y, x, kHeight - 1 - y, kWidth - 1 - x});
          ASSERT_TRUE(cut.distances[at] <= found.distances[at] || found.label[at] == 255) << y << ", " << x;
          if (found.distances[at] >= 8 * frame) continue;
          // Padding of a turned image lies beyond the map.
          if (cut.distances[at] == 255) continue;
          ASSERT_EQ(cut.distances[at], found.distances[at]) << y << ", " << x;
          ++compared;
        }
    }
    EXPECT_GT(compared, 10000);
  }
}

// An image of two halves: the distance is the way to its middle, exact at every scale but for rounding.
class Halves final : public Dataset {
 public:
  Halves() {
    traits_ = FakeDataset().traits();
    traits_.channels = 1;
    traits_.mean = traits_.std = {0.5};
  }
  std::size_t size() const noexcept override { return 1; }
  std::string name(std::size_t) const override { return "halves"; }
  std::string label_name(std::size_t) const override { return "halves"; }
  void fetch(std::size_t, EncodedSample& encoded) const override {
    encoded.layout = {.height = 64, .width = 80, .channels = 1};
  }
  void fetch_label(std::size_t i, EncodedSample& encoded) const override { fetch(i, encoded); }
  void decode_image(std::size_t, const EncodedSample&, const Window& window, Image& image) const override {
    image.resize({.height = window.height, .width = window.width, .channels = 1});
  }
  void decode_label(std::size_t, const EncodedSample&, const Window& window, LabelMap& label) const override {
    label.resize(window.height, window.width);
    for (std::int64_t y = 0; y < window.height; ++y)
      for (std::int64_t x = 0; x < window.width; ++x)
        label.row(y)[static_cast<std::size_t>(x)] = window.left + x < 40 ? 1 : 2;
  }
};

TEST(CropDistances, GrowAndShrinkWithTheImage) {
  const Halves halves;
  for (const double scale : {0.5, 0.75, 1.5, 2.0}) {
    SCOPED_TRACE(scale);
    CropOptions options = options_with(scale, 0);
    options.augmentation.crop_height = static_cast<std::int64_t>(64 * scale);
    options.augmentation.crop_width = static_cast<std::int64_t>(80 * scale);
    options.augmentation.flip = options.augmentation.flip_vertical = 0;
    options.distances.of_whole_labels = true;
    const auto pixels = static_cast<std::size_t>(options.augmentation.crop_height * options.augmentation.crop_width);
    std::vector<std::byte> image(pixels);
    std::vector<std::uint8_t> label(pixels), distances(pixels);
    CropMaker maker(halves, options);
    (void)maker.make(0, 0, {.image = image, .label = label, .distances = distances});
    for (std::int64_t x = 0; x < options.augmentation.crop_width; ++x) {
      // Of the image's pixel at this place, from the nearer of the two columns of the boundary.
      const double place = (static_cast<double>(x) + 0.5) / scale - 0.5;
      const double far = std::max(0.0, std::abs(place - 39.5) - 0.5) * scale;
      const std::uint8_t distance = distances[static_cast<std::size_t>(x)];
      if (far < 30 * std::min(scale, 1.0)) {
        EXPECT_NEAR(distance / 8.0, far, scale + 0.1) << x;
      } else if (far > 32 * scale + 1) {
        EXPECT_EQ(distance, 255) << x;
      }
    }
  }
}

TEST(CropDistances, RadiusBoundsThoseOfWholeLabelsToo) {
  const FakeDataset dataset;
  CropOptions options = options_with(0.7, 0.5);
  options.distances.of_whole_labels = true;
  for (std::uint64_t sample = 0; sample < 10; ++sample) {
    options.distances.radius = 32;
    Made far = made(dataset, options, sample);
    options.distances.radius = 2;
    for (std::uint8_t& distance : far.distances) distance = std::min<std::uint8_t>(distance, 16);
    EXPECT_EQ(made(dataset, options, sample), far);
  }
}

// Whatever a cache holds by then, and whether it was asked to keep them.
TEST(CropDistances, KeptOrNotTheBytesAreTheSame) {
  const FakeDataset dataset;
  CacheBudget plenty(1 << 24), little(20000);
  const std::uint8_t ignored = dataset.traits().ignore_label;
  MemoryStore keeps(dataset.size(), plenty, ignored), keeps_none(dataset.size(), plenty),
      keeps_few(dataset.size(), little, ignored);
  CropOptions options = options_with(1.3, 0.5);
  options.distances.of_whole_labels = true;
  for (int round = 0; round < 2; ++round)
    for (std::uint64_t sample = 0; sample < 20; ++sample) {
      options.augmentation.scale_low = options.augmentation.scale_high = sample % 2 == 0 ? 1.3 : 0.6;
      const Made expected = made(dataset, options, sample);
      EXPECT_EQ(made({dataset, keeps}, options, sample), expected);
      EXPECT_EQ(made({dataset, keeps_none}, options, sample), expected);
      EXPECT_EQ(made({dataset, keeps_few}, options, sample), expected);
    }
  EXPECT_EQ(keeps.content().kept, 7);
  EXPECT_GT(keeps.content().bytes, keeps_none.content().bytes);
}

TEST(CropDistances, TakeNoMoreMemoryOnceTheyHaveSeenAnImageOfASize) {
  const FakeDataset dataset({.sizes_differ = false});
  CacheBudget memory(1 << 24);
  MemoryStore store(dataset.size(), memory, dataset.traits().ignore_label);
  const ReaderSource cached(dataset, store);
  CropOptions options = options_with(1, 0.5);
  options.augmentation.scale_low = 0.5;
  options.augmentation.scale_high = 2;
  options.distances.of_whole_labels = true;
  std::vector<std::byte> image(kPixels * 3);
  std::vector<std::uint8_t> label(kPixels), distances(kPixels);
  const CropMemory to{.image = image, .label = label, .distances = distances};
  for (const ReaderSource& source : {ReaderSource(dataset), cached}) {
    CropMaker maker(source, options);
    for (std::uint64_t sample = 0; sample < 7; ++sample) (void)maker.make(sample, sample, to);  // a cache is filled
    for (std::uint64_t sample = 0; sample < 2; ++sample) (void)maker.make(sample, sample, to);
    const std::int64_t before = testing::allocations();
    for (std::uint64_t sample = 0; sample < 40; ++sample) (void)maker.make(sample, sample % 7, to);
    EXPECT_EQ(testing::allocations(), before) << source.is_cached();
  }
}

TEST(CropDistances, OfWholeLabelsTheirMemoryIsForeseen) {
  const ImageLayout image{.height = 1000, .width = 2000, .channels = 3};
  const AugmentationOptions upright{.crop_height = 100, .crop_width = 200}, turned{.crop_height = 100, .rot90 = 0.5};
  const DistanceOptions whole{.of_whole_labels = true};
  EXPECT_GE(distance_bytes(whole, upright, image), 3 * 2'000'000);
  EXPECT_EQ(distance_bytes(whole, turned, image), distance_bytes(whole, upright, image) + 2'000'000);
  EXPECT_LT(distance_bytes({}, upright, image), 100'000);
}

}  // namespace
}  // namespace seg
