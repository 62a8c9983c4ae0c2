// SPDX-License-Identifier: Apache-2.0
// The vector code of image/unfilter.h: a few rows of a PNG at once.
//
// A filtered byte depends on the byte of the pixel before it, so a row alone is one long chain. But row y + 1 needs no
// more of row y than the pixels up to the one above: so each lane of a vector holds a row, and works two pixels behind
// the row above it. Vectors are as long as the processor's; the bytes are the same with every length. Pure functions.
#pragma once
#include <cstddef>
#include <cstdint>

namespace seg {

// What a pixel takes in the file, and how many of these bytes, from its first, are wanted: alpha comes last.
enum class PixelBytes : std::uint8_t { one, two_keep_one, three, four_keep_three };

// Rows lie `stride` and `pitch` bytes apart; around them, RowUnfilter::kSlack bytes are read and, around the kept ones,
// written.
struct UnfilterGroup {
  PixelBytes bytes;
  std::int64_t pixels;
  const std::byte* rows;  // filtered: a filter and its bytes
  std::size_t stride;
  int count;  // of rows, at most unfilter_rows_at_once()
  std::byte* kept;
  std::size_t pitch;
  const std::byte* above;  // may be the last row of `kept`: that one is read long before it is written
};

int unfilter_rows_at_once(PixelBytes bytes) noexcept;
void unfilter_rows(const UnfilterGroup& group) noexcept;

}  // namespace seg
