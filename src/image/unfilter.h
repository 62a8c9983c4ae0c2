// SPDX-License-Identifier: Apache-2.0
// Undoes the filters of PNG rows, several rows at once.
//
// Meant to be reused: begin() allocates nothing if an image as wide was there before. Not thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "image/unfilter_rows.h"

namespace seg {

class RowUnfilter {
 public:
  // Memory of the caller that is read (and ignored) before the first and behind the last of the rows of a call.
  static constexpr std::size_t kSlack = 256;
  static constexpr int kFilters = 5;
  static constexpr int kFiltersOfOneRow = 2;  // of them, the first ones need no row above

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
