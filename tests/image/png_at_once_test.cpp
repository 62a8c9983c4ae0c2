// SPDX-License-Identifier: Apache-2.0
#include "image/png_at_once.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "tests/image/png_maker.h"
#include "tests/loader/counted_allocations.h"

namespace seg {
namespace {

using testing::deflated, testing::kPngGray, testing::png_chunk, testing::png_header, testing::to_bytes;

constexpr int kWidth = 200, kHeight = 150;

// Rows of a map with few borders, and their filters.
std::string smooth_rows() {
  std::string rows;
  for (int y = 0; y < kHeight; ++y) {
    rows += static_cast<char>(y % 5);
    for (int x = 0; x < kWidth; ++x) rows += static_cast<char>(x % 50 == 0 ? y / 40 : 0);
  }
  return rows;
}

Bytes file_of(const std::string& compressed, const std::string& behind = {}) {
  const std::string half = compressed.substr(0, compressed.size() / 2);
  return to_bytes("\x89PNG\r\n\x1a\n" + png_header(kWidth, kHeight, 8, kPngGray, false) + png_chunk("IDAT", half) +
                  png_chunk("IDAT", compressed.substr(half.size())) + behind + png_chunk("IEND", ""));
}

std::string inflated(PngAtOnce& at_once, const Bytes& file) {
  const auto rows = at_once.inflate(file, "a.png", read_png_header(file, "a.png"));
  return {reinterpret_cast<const char*>(rows.data()), rows.size()};
}

TEST(PngAtOnce, InflatesAllRows) {
  PngAtOnce at_once;
  const std::string rows = smooth_rows();
  EXPECT_EQ(inflated(at_once, file_of(deflated(rows, 6))), rows);
  EXPECT_EQ(inflated(at_once, file_of(deflated(rows, 1, Z_FIXED))), rows);
}

TEST(PngAtOnce, LeavesFilesThatShrankLittle) {
  PngAtOnce at_once;
  EXPECT_EQ(inflated(at_once, file_of(deflated(smooth_rows(), 0))), "");
  const Bytes noise = testing::make_png(testing::random_png(kWidth, kHeight, 8, kPngGray));
  EXPECT_EQ(inflated(at_once, noise), "");
}

TEST(PngAtOnce, LeavesWhateverIsWrong) {
  PngAtOnce at_once;
  const std::string rows = smooth_rows(), compressed = deflated(rows, 6);
  EXPECT_EQ(inflated(at_once, file_of(deflated(rows + 'x', 6))), "");
  EXPECT_EQ(inflated(at_once, file_of(deflated(rows.substr(1), 6))), "");
  EXPECT_EQ(inflated(at_once, file_of(compressed + 'x')), "");
  EXPECT_EQ(inflated(at_once, file_of(compressed, png_chunk("PLTE", "ab"))), "");
  std::string damaged = compressed;
  damaged.back() = static_cast<char>(damaged.back() ^ 1);  // of Adler-32; the chunk's own checksum is right
  EXPECT_EQ(inflated(at_once, file_of(damaged)), "");
  const Bytes file = file_of(compressed);
  for (std::size_t size = 33; size < file.size(); ++size)
    ASSERT_EQ(inflated(at_once, {file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)}), "") << size;
  for (std::size_t i = 33; i < file.size(); ++i) {
    Bytes flipped = file;
    flipped[i] ^= std::byte{16};
    const std::string there = inflated(at_once, flipped);
    ASSERT_TRUE(there.empty() || there == rows) << i;
  }
}

TEST(PngAtOnce, AllocatesNothingForTheSecondFile) {
  PngAtOnce at_once;
  const Bytes file = file_of(deflated(smooth_rows(), 6));
  const PngHeader header = read_png_header(file, "a.png");
  ASSERT_FALSE(at_once.inflate(file, "a.png", header).empty());
  const std::int64_t before = testing::allocations();
  ASSERT_FALSE(at_once.inflate(file, "a.png", header).empty());
  EXPECT_EQ(testing::allocations(), before);
}

}  // namespace
}  // namespace seg
