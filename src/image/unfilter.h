// SPDX-License-Identifier: Apache-2.0
// Undoes the filters of PNG rows, several rows at once.
//
// A filtered byte depends on the byte of the pixel before it, so a row alone is one long chain. But row y + 1 needs no
// more of row y than the pixels up to the one above: so each lane of a vector holds a row, and works two pixels behind
// the row above it.
//
// Vectors are as long as the processor's; the bytes are the same with every length. Meant to be reused: begin()
// allocates nothing if an image as wide was there before. Not thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace seg {

// What a pixel takes in the file, and how many of these bytes, from its first, are wanted: alpha comes last.
enum class PixelBytes : std::uint8_t { one, two_keep_one, three, four_keep_three };

class RowUnfilter {
 public:
  // Memory of the caller that is read (and ignored) before the first and behind the last of the rows of a call.
  static constexpr std::size_t kSlack = 256;
  static constexpr int kFilters = 5;

  // An image of which the first `pixels` columns are wanted; the rows of the one before are forgotten.
  void begin(PixelBytes bytes, std::int64_t pixels);

  // So many rows a call takes, less only in the last call of an image.
  int rows_at_once() const noexcept { return rows_at_once_; }

  // The next `count` rows: each a filter (below kFilters) and its bytes, `stride` apart.
  void next(const std::byte* rows, std::size_t stride, int count);

  // Row i of that call, until the next one.
  std::span<const std::byte> row(int i) const noexcept;

 private:
  std::byte* place(int row) noexcept;
  const std::byte* spread(const std::byte* rows, std::size_t stride, int count);

  PixelBytes bytes_ = PixelBytes::one;
  std::int64_t pixels_ = 0;
  std::size_t row_bytes_ = 0, pitch_ = 0, spread_pitch_ = 0;
  int rows_at_once_ = 0;
  std::vector<std::byte> rows_, spread_;
};

}  // namespace seg
