// SPDX-License-Identifier: Apache-2.0
#include "image/blur.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/random.h"

namespace seg {
namespace {

struct Size {
  std::size_t height, width, channels;
};

// One of the two mixes, of a dense picture in double precision: `step` values are from one neighbour to the next.
std::vector<double> mixed(const std::vector<double>& picture, std::size_t count, std::size_t step, double weight) {
  std::vector<double> out;
  for (std::size_t i = 0; i < picture.size(); ++i) {
    const std::size_t place = i / step % count;
    const double before = picture[place == 0 ? i : i - step], after = picture[place + 1 == count ? i : i + step];
    out.push_back(std::floor(((256 - 2 * weight) * picture[i] + weight * (before + after) + 128) / 256));
  }
  return out;
}

template <class T>
void check(const Size& size, std::int32_t weight) {
  constexpr std::size_t kMargin = 5;  // values of other pixels around the area
  const std::size_t row = size.width * size.channels, stride = row + 2 * kMargin;
  Random random(size.height * 100 + size.width, RandomStream::synthetic, static_cast<std::uint64_t>(weight));
  std::vector<T> values(stride * size.height);
  for (T& value : values) value = static_cast<T>(random.bits());
  std::vector<double> picture;
  for (std::size_t y = 0; y < size.height; ++y) {
    for (std::size_t x = 0; x < row; ++x) picture.push_back(values[y * stride + kMargin + x]);
  }
  const std::vector<double> columns = mixed(picture, size.height, row, weight);
  const std::vector<double> expected = mixed(columns, size.width, size.channels, weight);
  const std::vector<T> before = values;
  Blur blur;
  blur.apply(PixelArea<T>{values.data() + kMargin, size.height, size.width, size.channels, stride}, weight);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t y = i / stride, x = i % stride;
    const bool is_outside = x < kMargin || x >= kMargin + row;
    ASSERT_EQ(values[i], is_outside ? before[i] : expected[y * row + x - kMargin]) << "row " << y << " value " << x;
  }
}

TEST(Blur, MixesAsItsDefinitionSays) {
  for (const Size& size :
       {Size{1, 1, 1}, Size{1, 1, 3}, Size{1, 9, 3}, Size{7, 1, 3}, Size{2, 2, 4}, Size{13, 40, 3}}) {
    for (const std::int32_t weight : {0, 1, 17, kLargestBlur}) {
      check<std::uint8_t>(size, weight);
      check<std::uint16_t>(size, weight);
    }
  }
}

TEST(Blur, WhiteStaysWhite) {
  std::vector<std::uint8_t> bytes(5 * 6, 255);
  std::vector<std::uint16_t> words(5 * 6, 65535);
  Blur blur;
  blur.apply(PixelArea<std::uint8_t>{bytes.data(), 5, 6, 1, 6}, kLargestBlur);
  blur.apply(PixelArea<std::uint16_t>{words.data(), 5, 6, 1, 6}, kLargestBlur);
  EXPECT_EQ(std::ranges::count(bytes, 255), 30);
  EXPECT_EQ(std::ranges::count(words, 65535), 30);
}

TEST(Blur, NoAreaIsNoWork) {
  Blur blur;
  blur.apply(PixelArea<std::uint8_t>{nullptr, 0, 0, 3, 12}, 30);
}

}  // namespace
}  // namespace seg
