// SPDX-License-Identifier: Apache-2.0
#include "image/unfilter.h"

#include <algorithm>
#include <cstring>

namespace seg {
namespace {

// Rows that lie a multiple of 2048 bytes apart share two sets of the first cache, which holds eight lines of each: an
// odd number of lines between rows gives each its own.
constexpr std::size_t kLine = 64;
constexpr std::size_t spread_out(std::size_t bytes) noexcept { return ((bytes / kLine + 1) | 1) * kLine; }
constexpr int kMostUnspread = 8;  // rows

constexpr std::size_t stored_bytes(PixelBytes bytes) noexcept { return static_cast<std::size_t>(bytes) + 1; }
constexpr std::size_t kept_bytes(PixelBytes bytes) noexcept { return stored_bytes(bytes) < 3 ? 1 : 3; }

}  // namespace

void RowUnfilter::begin(PixelBytes bytes, std::int64_t pixels) {
  bytes_ = bytes;
  pixels_ = pixels;
  rows_at_once_ = unfilter_rows_at_once(bytes);
  row_bytes_ = static_cast<std::size_t>(pixels) * kept_bytes(bytes);
  pitch_ = spread_out(kSlack + row_bytes_ + kSlack);
  spread_pitch_ = spread_out(1 + static_cast<std::size_t>(pixels) * stored_bytes(bytes) + kSlack);
  const auto rows = static_cast<std::size_t>(rows_at_once_);
  rows_.resize(std::max(rows_.size(), pitch_ * rows));
  if (rows_at_once_ > kMostUnspread) spread_.resize(std::max(spread_.size(), kSlack + spread_pitch_ * rows));
  std::memset(place(rows_at_once_ - 1), 0, row_bytes_);  // what is above the first row
}

void RowUnfilter::next(const std::byte* rows, std::size_t stride, int count) {
  const auto row = [&](int i) { return rows + static_cast<std::size_t>(i) * stride; };
  bool plain = stored_bytes(bytes_) == kept_bytes(bytes_);
  for (int i = 0; plain && i < count; ++i) plain = row(i)[0] == std::byte{0};
  if (plain) {
    for (int i = 0; i < count; ++i) std::memcpy(place(i), row(i) + 1, row_bytes_);
    return;
  }
  if (rows_at_once_ > kMostUnspread) {
    rows = spread(rows, stride, count);
    stride = spread_pitch_;
  }
  const UnfilterGroup group{.bytes = bytes_,
                            .pixels = pixels_,
                            .rows = rows,
                            .stride = stride,
                            .count = count,
                            .kept = place(0),
                            .pitch = pitch_,
                            .above = place(rows_at_once_ - 1)};
  unfilter_rows(group);
}

std::span<const std::byte> RowUnfilter::row(int i) const noexcept {
  return {rows_.data() + pitch_ * static_cast<std::size_t>(i) + kSlack, row_bytes_};
}

std::byte* RowUnfilter::place(int row) noexcept {
  return rows_.data() + pitch_ * static_cast<std::size_t>(row) + kSlack;
}

const std::byte* RowUnfilter::spread(const std::byte* rows, std::size_t stride, int count) {
  const std::size_t bytes = 1 + static_cast<std::size_t>(pixels_) * stored_bytes(bytes_);
  std::byte* const first = spread_.data() + kSlack;
  for (int i = 0; i < count; ++i)
    std::memcpy(first + static_cast<std::size_t>(i) * spread_pitch_, rows + static_cast<std::size_t>(i) * stride,
                bytes);
  return first;
}

}  // namespace seg
