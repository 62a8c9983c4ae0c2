// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/image/jpeg_maker.h"

namespace seg {
namespace {

using testing::JpegRecipe, testing::make_jpeg, testing::noise_image;

TEST(JpegScan, OrderRunsAlongDiagonals) {
  const std::vector<int> start(kJpegOrder.begin(), kJpegOrder.begin() + 11);
  EXPECT_EQ(start, (std::vector{0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32}));
  EXPECT_EQ(kJpegOrder[62], 62);
  EXPECT_EQ(kJpegOrder[63], 63);
  EXPECT_EQ(std::set(kJpegOrder.begin(), kJpegOrder.end()).size(), 64U);
}

TEST(JpegScan, SaysWhatDecodingNeeds) {
  const Bytes file = make_jpeg(noise_image(30, 50, 3), {.quality = 50, .across = 2, .down = 1, .restart_units = 3});
  const auto scan = read_jpeg_scan(file);
  ASSERT_TRUE(scan);
  EXPECT_EQ(scan->height, 30);
  EXPECT_EQ(scan->width, 50);
  EXPECT_EQ(scan->num_channels, 3U);
  EXPECT_EQ(scan->channels[0].across, 2);
  EXPECT_EQ(scan->channels[0].down, 1);
  EXPECT_EQ(scan->unit_rows(), 4);
  EXPECT_EQ(scan->units_across(), 4);
  EXPECT_EQ(scan->restart_units, 3);
  EXPECT_EQ(scan->channels[0].quanta[0], 16);  // the standard's example, which is quality 50
  EXPECT_EQ(scan->channels[0].quanta[1], 11);
  EXPECT_EQ(scan->channels[0].quanta[8], 12);
  EXPECT_EQ(scan->channels[1].quanta[0], 17);
  EXPECT_EQ(scan->dc_codes[0].counts[1], 1);
  EXPECT_EQ(scan->ac_codes[0].symbols[0], 1);
  EXPECT_EQ(file[scan->data - 3], std::byte{0});  // the last of the scan's header: 0, 63, 0
  EXPECT_EQ(file[scan->data - 2], std::byte{63});
}

TEST(JpegScan, LeavesOtherKindsAlone) {
  const auto is_read = [](const JpegRecipe& recipe, std::int64_t channels = 3) {
    return read_jpeg_scan(make_jpeg(noise_image(30, 50, channels), recipe)).has_value();
  };
  EXPECT_TRUE(is_read({.profile_bytes = 100000}));
  EXPECT_TRUE(is_read({.stored = JCS_GRAYSCALE, .across = 3}, 1));
  EXPECT_FALSE(is_read({.is_progressive = true}));
  EXPECT_FALSE(is_read({.is_arithmetic = true}));
  EXPECT_FALSE(is_read({.stored = JCS_RGB}));
  EXPECT_FALSE(is_read({.across = 4}));
  EXPECT_FALSE(is_read({.has_scan_for_each_channel = true}));
  EXPECT_FALSE(is_read({.stored = JCS_CMYK}, 4));
  EXPECT_FALSE(read_jpeg_scan(make_jpeg(noise_image(30, 4, 3), {.across = 2})));
}

TEST(JpegScan, AHeaderThatIsCutOffIsLeftAlone) {
  const Bytes file = make_jpeg(noise_image(8, 8, 3));
  const std::size_t end = read_jpeg_scan(file)->data;
  for (std::size_t size = 3; size < end; ++size) ASSERT_FALSE(read_jpeg_scan(std::span(file).first(size))) << size;
  EXPECT_TRUE(read_jpeg_scan(std::span(file).first(end)));
}

}  // namespace
}  // namespace seg
