// SPDX-License-Identifier: Apache-2.0
#include "metrics/pixel_set.h"

#include <algorithm>
#include <bit>

namespace seg {

Disc::Disc(double squared_radius) {
  std::int64_t width = 0;
  const auto is_within = [&](std::int64_t x, std::int64_t y) {
    return static_cast<double>(x * x + y * y) <= squared_radius;
  };
  while (is_within(width + 1, 0)) ++width;
  half_widths_.push_back(width);
  for (std::int64_t y = 1; is_within(0, y); ++y) {
    while (!is_within(width, y)) --width;
    half_widths_.push_back(width);
  }
}

void PixelSet::clear(std::int64_t height, std::int64_t width) {
  height_ = height;
  width_ = width;
  words_in_row_ = (width + kBits - 1) / kBits;
  words_.assign(static_cast<std::size_t>(height * words_in_row_), 0);
}

void PixelSet::clear_rows(std::int64_t first, std::int64_t last) {
  first = std::max<std::int64_t>(first, 0);
  last = std::min(last, height_ - 1);
  if (first > last) return;
  std::fill_n(words_.begin() + first * words_in_row_, (last - first + 1) * words_in_row_, 0);
}

template <class Body>
void PixelSet::for_words_of(const RowSpan& span, const Body& body) const noexcept {
  const std::int64_t first = std::max<std::int64_t>(span.first, 0), last = std::min(span.last, width_ - 1);
  if (span.y < 0 || span.y >= height_ || first > last) return;
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  const std::uint64_t from_first = kAll << (first % kBits), to_last = kAll >> (kBits - 1 - last % kBits);
  const auto row = static_cast<std::size_t>(span.y * words_in_row_);
  const auto begin = row + static_cast<std::size_t>(first / kBits), end = row + static_cast<std::size_t>(last / kBits);
  if (begin == end) return body(begin, from_first & to_last);
  body(begin, from_first);
  for (std::size_t word = begin + 1; word < end; ++word) body(word, kAll);
  body(end, to_last);
}

void PixelSet::insert(const RowSpan& span) noexcept {
  for_words_of(span, [this](std::size_t word, std::uint64_t mask) { words_[word] |= mask; });
}

void PixelSet::insert_discs(const RowSpan& centres, const Disc& disc) noexcept {
  for (std::int64_t dy = -disc.reach(); dy <= disc.reach(); ++dy) {
    const std::int64_t half_width = disc.half_width(dy < 0 ? -dy : dy);
    insert({.y = centres.y + dy, .first = centres.first - half_width, .last = centres.last + half_width});
  }
}

std::int64_t PixelSet::count(const RowSpan& span) const noexcept {
  std::int64_t pixels = 0;
  for_words_of(span, [&](std::size_t word, std::uint64_t mask) { pixels += std::popcount(words_[word] & mask); });
  return pixels;
}

}  // namespace seg
