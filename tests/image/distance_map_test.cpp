// SPDX-License-Identifier: Apache-2.0
// Expected values are found by looking at every source from every pixel.
#include "image/distance_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/random.h"
#include "tests/loader/counted_allocations.h"
#include "tests/support/instruction_levels.h"

namespace seg {
namespace {

using testing::at_every_instruction_level;
using Kind = DistanceSources::Kind;

constexpr std::uint8_t kIgnored = 255;
constexpr std::uint16_t kWithin32 = 32 * 32;

std::uint8_t label_at(const LabelView& labels, std::int64_t y, std::int64_t x) {
  return labels.row(y)[static_cast<std::size_t>(x)];
}

bool is_boundary(const LabelView& labels, std::int64_t y, std::int64_t x, std::uint8_t ignored) {
  const std::uint8_t label = label_at(labels, y, x);
  const auto differs = [&](std::int64_t row, std::int64_t column) {
    if (row < 0 || column < 0 || row >= labels.height() || column >= labels.width()) return false;
    return label_at(labels, row, column) != ignored && label_at(labels, row, column) != label;
  };
  return label != ignored && (differs(y - 1, x) || differs(y + 1, x) || differs(y, x - 1) || differs(y, x + 1));
}

bool is_source(const LabelView& labels, std::int64_t y, std::int64_t x, const DistanceSources& sources) {
  const std::uint8_t label = label_at(labels, y, x);
  switch (sources.kind) {
    case Kind::boundaries: return is_boundary(labels, y, x, sources.ignored);
    case Kind::label: return label == sources.label;
    case Kind::other_labels: break;
  }
  return label != sources.label && label != sources.ignored;
}

std::vector<std::int32_t> squares_by_looking(const LabelView& labels, const DistanceSources& sources) {
  struct Place {
    std::int64_t y, x;
  };
  std::vector<Place> places;
  for (std::int64_t y = 0; y < labels.height(); ++y)
    for (std::int64_t x = 0; x < labels.width(); ++x)
      if (is_source(labels, y, x, sources)) places.push_back({y, x});
  std::vector<std::int32_t> squares;
  for (std::int64_t y = 0; y < labels.height(); ++y)
    for (std::int64_t x = 0; x < labels.width(); ++x) {
      std::int64_t nearest = DistanceMap::kNowhere;
      for (const Place& place : places)
        nearest = std::min(nearest, (place.y - y) * (place.y - y) + (place.x - x) * (place.x - x));
      squares.push_back(static_cast<std::int32_t>(nearest));
    }
  return squares;
}

// One map object serves all, so that nothing may remain of a call.
void check(DistanceMap& map, const LabelView& labels, const DistanceSources& sources) {
  SCOPED_TRACE(std::to_string(labels.height()) + "x" + std::to_string(labels.width()) + ", kind " +
               std::to_string(static_cast<int>(sources.kind)));
  const std::vector<std::int32_t> expected = squares_by_looking(labels, sources);
  at_every_instruction_level([&] {
    std::vector<std::int32_t> whole(expected.size(), -1);
    map.squares(labels, sources, whole);
    ASSERT_EQ(whole, expected);
    for (const std::uint16_t limit : {std::uint16_t{0}, std::uint16_t{2}, kWithin32, DistanceMap::kLargestLimit}) {
      std::vector<std::uint16_t> cut(expected.size(), 9);
      map.squares(labels, sources, limit, cut);
      for (std::size_t i = 0; i < expected.size(); ++i)
        ASSERT_EQ(cut[i], std::min<std::int32_t>(expected[i], limit)) << i << ", limit " << limit;
    }
    std::vector<std::uint8_t> eighths(expected.size(), 9);
    map.eighths(labels, sources, eighths);
    for (std::size_t i = 0; i < expected.size(); ++i)
      ASSERT_EQ(eighths[i], std::min(255L, std::lround(8 * std::sqrt(static_cast<double>(expected[i]))))) << i;
    for (const std::int64_t radius : {1, 8, 31, 32}) {
      std::vector<std::uint8_t> nearer(expected.size(), 9);
      map.eighths(labels, sources, nearer, radius);
      for (std::size_t i = 0; i < expected.size(); ++i)
        ASSERT_EQ(nearer[i], std::min<std::int64_t>(eighths[i], 8 * radius)) << i << ", radius " << radius;
    }
  });
}

void check_all_kinds(DistanceMap& map, const LabelView& labels, std::uint8_t label) {
  check(map, labels, {.ignored = kIgnored});
  check(map, labels, {.kind = Kind::label, .label = label, .ignored = kIgnored});
  check(map, labels, {.kind = Kind::other_labels, .label = label, .ignored = kIgnored});
}

// Pixels of their own: 0, 1, 2 or ignored, most of them 0.
LabelMap noise(std::int64_t height, std::int64_t width, std::uint64_t rarity) {
  LabelMap labels(height, width);
  Random random(static_cast<std::uint64_t>(height * 1000 + width), RandomStream::synthetic, rarity);
  for (std::uint8_t& label : labels.values()) {
    const std::uint64_t drawn = random.below(3 * rarity);
    label = drawn == 0 ? kIgnored : static_cast<std::uint8_t>(drawn < 3 ? drawn : 0);
  }
  return labels;
}

// Rectangles, one over the other, some of them ignored.
LabelMap patches(std::int64_t height, std::int64_t width, int count) {
  LabelMap labels(height, width);
  std::ranges::fill(labels.values(), std::uint8_t{0});
  Random random(static_cast<std::uint64_t>(height * 1000 + width), RandomStream::synthetic, 7);
  for (int i = 0; i < count; ++i) {
    const auto below = [&](std::int64_t size) {
      return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(size)));
    };
    const std::int64_t top = below(height), left = below(width), rows = below(height), columns = below(width);
    const auto label = static_cast<std::uint8_t>(random.below(4) == 0 ? kIgnored : random.below(3));
    for (std::int64_t y = top; y < std::min(height, top + rows / 2 + 1); ++y)
      for (std::int64_t x = left; x < std::min(width, left + columns / 2 + 1); ++x)
        labels.row(y)[static_cast<std::size_t>(x)] = label;
  }
  return labels;
}

TEST(DistanceMap, IsThatOfTheDefinitionForMapsOfAllSizes) {
  DistanceMap map;
  const std::int64_t sides[] = {1, 2, 3, 8, 17, 31, 33, 65};
  for (const std::int64_t height : sides)
    for (const std::int64_t width : sides) check_all_kinds(map, patches(height, width, 6), 1);
}

TEST(DistanceMap, IsThatOfTheDefinitionForLonePixels) {
  DistanceMap map;
  for (const std::uint64_t rarity : {1U, 3U, 40U, 700U}) {
    check_all_kinds(map, noise(41, 77, rarity), 2);
    check_all_kinds(map, noise(77, 41, rarity), 1);
  }
}

TEST(DistanceMap, LinesOfPixels) {
  DistanceMap map;
  for (const std::int64_t length : {1, 2, 9, 300, 1500}) {
    check_all_kinds(map, noise(1, length, 30), 1);
    check_all_kinds(map, noise(length, 1, 30), 1);
    check_all_kinds(map, patches(1, length, 5), 1);
    check_all_kinds(map, patches(length, 1, 5), 1);
  }
}

TEST(DistanceMap, FarCornersOfLargerMaps) {
  DistanceMap map;
  for (const auto& [y, x] : {std::pair{0, 0}, {0, 399}, {299, 0}, {299, 399}, {150, 399}, {299, 133}}) {
    LabelMap labels(300, 400);
    std::ranges::fill(labels.values(), std::uint8_t{0});
    labels.row(y)[static_cast<std::size_t>(x)] = 1;
    check(map, labels, {});
  }
  check(map, patches(300, 400, 4), {});
}

TEST(DistanceMap, WhereSourcesOnBothSidesAreEquallyFar) {
  DistanceMap map;
  LabelMap labels(100, 100);  // two diagonals: half way between them, each row changes sides at another column
  for (std::int64_t y = 0; y < 100; ++y)
    for (std::int64_t x = 0; x < 100; ++x)
      labels.row(y)[static_cast<std::size_t>(x)] = std::abs(x - y) == 40 || x + y == 40 ? 1 : 0;
  check_all_kinds(map, labels, 1);
}

TEST(DistanceMap, WithoutABoundaryAllIsAsFarAsCanBe) {
  DistanceMap map;
  for (const std::uint8_t label : {std::uint8_t{0}, std::uint8_t{254}, kIgnored}) {
    LabelMap labels(37, 70);
    std::ranges::fill(labels.values(), label);
    std::vector<std::int32_t> whole(37 * 70);
    map.squares(labels, {}, whole);
    EXPECT_EQ(whole, std::vector<std::int32_t>(37 * 70, DistanceMap::kNowhere));
    check_all_kinds(map, labels, 254);
  }
}

TEST(DistanceMap, EveryPairOfLabelsHasABoundaryButWithIgnoredOnes) {
  DistanceMap map;
  LabelMap labels(256, 512);
  for (std::int64_t y = 0; y < 256; ++y)
    for (std::int64_t x = 0; x < 512; ++x)
      labels.row(y)[static_cast<std::size_t>(x)] = static_cast<std::uint8_t>(x % 2 == 0 ? x / 2 : y);
  for (const std::uint8_t ignored : {std::uint8_t{0}, std::uint8_t{127}, std::uint8_t{128}, kIgnored}) {
    at_every_instruction_level([&] {
      std::vector<std::uint16_t> squares(256 * 512);
      map.squares(labels, {.ignored = ignored}, kWithin32, squares);
      for (std::int64_t y = 0; y < 256; ++y)
        for (std::int64_t x = 0; x < 512; ++x)
          ASSERT_EQ(squares[static_cast<std::size_t>(y * 512 + x)] == 0, is_boundary(labels, y, x, ignored))
              << y << ", " << x;
    });
  }
}

TEST(DistanceMap, IgnoredPixelsBetweenTwoLabelsHideTheirBoundary) {
  DistanceMap map;
  LabelMap labels(1, 7);
  std::ranges::copy(std::vector<std::uint8_t>{1, 1, kIgnored, 2, 2, 3, kIgnored}, labels.values().begin());
  std::vector<std::int32_t> squares(7);
  map.squares(labels, {.ignored = kIgnored}, squares);
  EXPECT_EQ(squares, (std::vector<std::int32_t>{16, 9, 4, 1, 0, 0, 1}));
}

TEST(DistanceMap, ReadsAPartOfALargerMap) {
  DistanceMap map;
  const LabelMap labels = patches(50, 90, 8);
  check_all_kinds(map, LabelView(labels).part({3, 5, 40, 71}), 1);
}

TEST(DistanceMap, NothingIsNoWork) {
  DistanceMap map;
  map.squares(LabelMap(0, 5), {}, std::span<std::int32_t>());
  map.squares(LabelMap(5, 0), {}, kWithin32, {});
  map.eighths(LabelMap(0, 0), {}, {});
}

void check_signed(DistanceMap& map, const LabelView& labels, std::uint8_t label) {
  const auto outside = squares_by_looking(labels, {.kind = Kind::label, .label = label});
  const auto inside = squares_by_looking(labels, {.kind = Kind::other_labels, .label = label, .ignored = kIgnored});
  at_every_instruction_level([&] {
    std::vector<std::int32_t> whole(outside.size());
    std::vector<std::int16_t> cut(outside.size());
    map.signed_squares(labels, label, kIgnored, whole);
    map.signed_squares(labels, label, kIgnored, std::int16_t{1024}, cut);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const auto width = static_cast<std::size_t>(labels.width());
      const bool is_inside = labels.row(static_cast<std::int64_t>(i / width))[i % width] == label;
      ASSERT_EQ(whole[i], is_inside ? -inside[i] : outside[i]) << i;
      ASSERT_EQ(cut[i], is_inside ? -std::min(inside[i], 1024) : std::min(outside[i], 1024)) << i;
    }
  });
}

TEST(DistanceMap, SignedDistancesAreNegativeInsideOfALabel) {
  DistanceMap map;
  for (const std::int64_t width : {1, 40, 65}) {
    check_signed(map, patches(49, width, 9), 1);
    check_signed(map, noise(49, width, 20), 0);
    check_signed(map, patches(49, width, 9), 77);  // absent
  }
  LabelMap labels(9, 9);
  std::ranges::fill(labels.values(), std::uint8_t{3});
  check_signed(map, labels, 3);  // nothing else
}

TEST(DistanceMap, KeepsItsMemory) {
  DistanceMap map;
  const LabelMap labels = patches(100, 300, 9);
  std::vector<std::int32_t> whole(100 * 300);
  std::vector<std::uint16_t> cut(100 * 300);
  const auto all = [&] {
    map.squares(labels, {}, whole);
    map.squares(labels, {}, kWithin32, cut);
    map.signed_squares(labels, 1, kIgnored, whole);
  };
  all();
  const std::int64_t before = testing::allocations();
  all();
  EXPECT_EQ(testing::allocations(), before);
}

TEST(DistanceMap, RefusesWhatItCannotHold) {
  DistanceMap map;
  std::vector<std::int32_t> out(DistanceMap::kLongestSide + 1);
  EXPECT_THROW(map.squares(LabelMap(2, 3), {}, std::span(out).first(5)), std::logic_error);
  EXPECT_THROW(map.squares(LabelMap(1, DistanceMap::kLongestSide + 1), {}, out), std::logic_error);
  EXPECT_THROW(map.squares(LabelMap(DistanceMap::kLongestSide + 1, 1), {}, out), std::logic_error);
}

TEST(DistanceMap, TheLongestSidesStillFit) {
  DistanceMap map;
  LabelMap labels(1, DistanceMap::kLongestSide);
  std::ranges::fill(labels.values(), std::uint8_t{0});
  labels.values().back() = 1;
  std::vector<std::int32_t> out(DistanceMap::kLongestSide);
  map.squares(labels, {.kind = Kind::label, .label = 1}, out);
  EXPECT_EQ(out.front(), 32766 * 32766);
  LabelMap upright(DistanceMap::kLongestSide, 1);
  std::ranges::fill(upright.values(), std::uint8_t{0});
  upright.values().back() = 1;
  map.squares(upright, {.kind = Kind::label, .label = 1}, out);
  EXPECT_EQ(out.front(), 32766 * 32766);
}

}  // namespace
}  // namespace seg
