// SPDX-License-Identifier: Apache-2.0
#include "image/distance_values.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "tests/support/instruction_levels.h"

namespace seg {
namespace {

using testing::at_every_instruction_level;

TEST(DistanceValues, EighthsAreRoundedToTheNearest) {
  std::vector<std::uint16_t> squares(65536);
  std::iota(squares.begin(), squares.end(), std::uint16_t{0});
  at_every_instruction_level([&] {
    std::vector<std::uint8_t> eighths(squares.size());
    write_eighths(squares.data(), eighths);
    for (std::size_t i = 0; i < squares.size(); ++i) {
      ASSERT_EQ(eighths[i], std::min(255L, std::lround(8 * std::sqrt(static_cast<double>(i))))) << i;
    }
  });
}

TEST(DistanceValues, SquaresStopAtTheLimitAndNothingIsWrittenBehindTheEnd) {
  at_every_instruction_level([] {
    for (std::size_t size = 0; size < 70; ++size) {
      std::vector<std::uint16_t> narrow(size);
      std::vector<std::uint32_t> wide(size);
      for (std::size_t i = 0; i < size; ++i) {
        narrow[i] = static_cast<std::uint16_t>(i % 3 == 0 ? 65535 : 990 + i);
        wide[i] = static_cast<std::uint32_t>(i % 3 == 0 ? 0xFFFFFFFF : 2147483600 + i);
      }
      std::vector<std::uint16_t> cut(size + 1, 77);
      std::vector<std::int16_t> with_sign(size + 1, 77);
      std::vector<std::int32_t> whole(size + 1, 77);
      limit_squares(narrow.data(), 1000, std::span(cut).first(size));
      limit_squares(narrow.data(), 1000, std::span(with_sign).first(size));
      limit_squares(wide.data(), 2147483647, std::span(whole).first(size));
      for (std::size_t i = 0; i < size; ++i) {
        ASSERT_EQ(cut[i], std::min<int>(narrow[i], 1000));
        ASSERT_EQ(with_sign[i], std::min<int>(narrow[i], 1000));
        ASSERT_EQ(whole[i], std::min<std::int64_t>(wide[i], 2147483647));
      }
      ASSERT_EQ(cut[size], 77);
      ASSERT_EQ(with_sign[size], 77);
      ASSERT_EQ(whole[size], 77);
    }
  });
}

TEST(DistanceValues, ValuesInsideBecomeNegativeAndOthersStay) {
  at_every_instruction_level([] {
    for (std::size_t size = 0; size < 70; ++size) {
      std::vector<std::uint8_t> labels(size);
      std::vector<std::uint16_t> narrow(size);
      std::vector<std::uint32_t> wide(size);
      for (std::size_t i = 0; i < size; ++i) {
        labels[i] = static_cast<std::uint8_t>(i % 3 == 0 ? 200 : 72 - i % 2);
        narrow[i] = static_cast<std::uint16_t>(i * i);
        wide[i] = static_cast<std::uint32_t>(i == 3 ? 0xFFFFFFFF : i * 1000000);
      }
      std::vector<std::int16_t> out(size + 1, 77);
      std::vector<std::int32_t> whole(size + 1, 77);
      put_negative_squares(labels.data(), 200, narrow.data(), 1000, std::span(out).first(size));
      put_negative_squares(labels.data(), 200, wide.data(), 2147483647, std::span(whole).first(size));
      for (std::size_t i = 0; i < size; ++i) {
        ASSERT_EQ(out[i], labels[i] == 200 ? -std::min<int>(narrow[i], 1000) : 77);
        ASSERT_EQ(whole[i], labels[i] == 200 ? -std::min<std::int64_t>(wide[i], 2147483647) : 77);
      }
      ASSERT_EQ(out[size], 77);
      ASSERT_EQ(whole[size], 77);
    }
  });
}

}  // namespace
}  // namespace seg
