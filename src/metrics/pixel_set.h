// SPDX-License-Identifier: Apache-2.0
// A set of an image's pixels, a bit each, and discs around pixels to fill it with.
//
// Spans of a row are given by their first and last pixel, both included, and are cut to the row; a row outside of the
// image has no pixels. Not thread-safe; the memory is reused.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace seg {

struct RowSpan {
  std::int64_t y = 0, first = 0, last = 0;
  bool operator==(const RowSpan&) const = default;
};

// The pixels whose centres lie within a radius of a pixel's centre, exactly.
class Disc {
 public:
  // From the square of the radius, in pixels; 0 is the pixel alone.
  explicit Disc(double squared_radius);

  std::int64_t reach() const noexcept { return static_cast<std::int64_t>(half_widths_.size()) - 1; }
  std::int64_t half_width(std::int64_t rows_away) const noexcept {
    return half_widths_[static_cast<std::size_t>(rows_away)];
  }

 private:
  std::vector<std::int64_t> half_widths_;  // by distance in rows
};

class PixelSet {
 public:
  void clear(std::int64_t height, std::int64_t width);
  void clear_rows(std::int64_t first, std::int64_t last);  // cut to the image

  void insert(const RowSpan& span) noexcept;
  void insert_discs(const RowSpan& centres, const Disc& disc) noexcept;  // a disc around each pixel of the span

  bool contains(std::int64_t y, std::int64_t x) const noexcept {
    return (words_[static_cast<std::size_t>(y * words_in_row_ + x / kBits)] >> (x % kBits) & 1) != 0;
  }
  std::int64_t count(const RowSpan& span) const noexcept;  // how many of the span are in the set

 private:
  static constexpr std::int64_t kBits = 64;

  // Calls body(word, mask) for the words that the span lies in.
  template <class Body>
  void for_words_of(const RowSpan& span, const Body& body) const noexcept;

  std::int64_t height_ = 0, width_ = 0, words_in_row_ = 0;
  std::vector<std::uint64_t> words_;
};

}  // namespace seg
