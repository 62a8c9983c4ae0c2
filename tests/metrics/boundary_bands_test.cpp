// SPDX-License-Identifier: Apache-2.0
#include "metrics/boundary_bands.h"

#include <gtest/gtest.h>

#include "tests/metrics/label_maps.h"

namespace seg {
namespace {

using testing::class_at;
using testing::map_of;
using testing::random_map;
using testing::shapes_of_maps;

CountedClasses counted(const LabelMap& classes, const LabelMap& labels) {
  CountedClasses result;
  result.take(classes, labels, testing::kIgnored);
  return result;
}

std::string drawn(std::span<const std::uint8_t> band) {
  std::string text;
  for (const std::uint8_t is_in : band) text += is_in != 0 ? '#' : '.';
  return text;
}

// A window is looked through for another class or for what lies outside.
std::string drawn_by_windows(const LabelMap& classes, const LabelMap& labels, std::int64_t width) {
  std::string text;
  for (std::int64_t y = 0; y < labels.height(); ++y)
    for (std::int64_t x = 0; x < labels.width(); ++x) {
      const int own = class_at(classes, labels, y, x);
      bool is_in = false;
      for (std::int64_t dy = -width; dy <= width; ++dy)
        for (std::int64_t dx = -width; dx <= width; ++dx) {
          const int other = class_at(classes, labels, y + dy, x + dx);
          is_in = is_in || (own >= 0 && other != -1 && other != own);
        }
      text += is_in ? '#' : '.';
    }
  return text;
}

TEST(BandWidth, IsAShareOfTheDiagonalInWholePixels) {
  EXPECT_EQ(band_width(0.005, 1024, 2048), 11);  // 11.45, as for Cityscapes
  EXPECT_EQ(band_width(0.02, 1024, 2048), 46);   // 45.8
  EXPECT_EQ(band_width(0.02, 1, 1), 1);          // at least
  EXPECT_EQ(band_width(0.5, 3, 4), 2);           // 2.5, as Python rounds
}

TEST(BoundaryBands, LieAlongOtherClassesAndTheFrame) {
  const LabelMap map = map_of({"0000000", "0000000", "0000000", "0000001", "0000011"});
  BandFinder finder;
  EXPECT_EQ(drawn(finder.find(counted(map, map), 1)),
            "#######"
            "#.....#"
            "#....##"
            "#...###"
            "#######");
}

TEST(BoundaryBands, IgnoredPixelsAreInNoneAndMakeNone) {
  // Two columns of ignored pixels lie between the classes: a band of 2 does not reach across, one of 3 does.
  const LabelMap map = map_of(
      {"00000..11111", "00000..11111", "00000..11111", "00000..11111", "00000..11111", "00000..11111", "00000..11111"});
  BandFinder finder;
  EXPECT_EQ(drawn(finder.find(counted(map, map), 2)).substr(36, 12), "##........##");
  EXPECT_EQ(drawn(finder.find(counted(map, map), 3)).substr(36, 12), "###.#..#.###");
}

TEST(BoundaryBands, EqualWhatWindowsShow) {
  BandFinder finder;
  for (const testing::RandomMap& shape : shapes_of_maps())
    for (const std::int64_t width : {1, 2, 3, 6, 40})
      for (std::uint64_t seed = 0; seed < 2; ++seed) {
        const LabelMap labels = random_map(shape, seed);
        const LabelMap classes = random_map({shape.height, shape.width, 2, 0, 5}, seed + 70);
        EXPECT_EQ(drawn(finder.find(counted(classes, labels), width)), drawn_by_windows(classes, labels, width))
            << shape.height << " x " << shape.width << ", width " << width;
      }
}

TEST(BoundaryBands, WideImagesAreTakenInStrips) {
  const LabelMap map = random_map({.height = 6, .width = 600, .num_classes = 3, .ignored_percent = 10, .block = 7}, 3);
  BandFinder finder;
  EXPECT_EQ(drawn(finder.find(counted(map, map), 2)), drawn_by_windows(map, map, 2));
}

TEST(BoundaryIou, CountsPixelsInBothBandsAndOfOneClass) {
  // The frame lies in every band of width 1; the middle row has its own classes.
  const LabelMap labels = map_of({"00000", "00000", "00000"}), predictions = map_of({"00000", "00100", "0000."});
  BoundaryIou iou(2, 0.02);
  const auto counts = iou.count(counted(labels, labels), counted(predictions, labels));
  // Labelled as 0 is the frame of 12; predicted as 0 are all but the middle and what is predicted at the corner, where
  // the number 255 is another class.
  EXPECT_EQ(counts[0], (ClassCounts{.hit = 11, .labelled = 12, .predicted = 13}));
  EXPECT_EQ(counts[1], (ClassCounts{.hit = 0, .labelled = 0, .predicted = 1}));
}

TEST(BoundaryIou, OfAPerfectPredictionIsOneAndOfIgnoredPixelsNothing) {
  for (const testing::RandomMap& shape : shapes_of_maps()) {
    const LabelMap labels = random_map(shape, 9);
    BoundaryIou iou(4, 0.05);
    for (const ClassCounts& counts : iou.count(counted(labels, labels), counted(labels, labels))) {
      EXPECT_EQ(counts.hit, counts.labelled);
      EXPECT_EQ(counts.hit, counts.predicted);
    }
  }
  const LabelMap nothing = map_of({"...", "..."}), predictions = map_of({"012", "012"});
  BoundaryIou iou(3, 0.02);
  for (const ClassCounts& counts : iou.count(counted(nothing, nothing), counted(predictions, nothing)))
    EXPECT_EQ(counts, ClassCounts());
}

}  // namespace
}  // namespace seg
