// SPDX-License-Identifier: Apache-2.0
#include "image/png_rows.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "image/png_at_once.h"
#include "image/png_chunks.h"
#include "image/png_inflate.h"
#include "image/unfilter.h"

namespace seg {
namespace {

// Inflated at a time: more than ISA-L holds back itself, and less than the cache next to a core.
constexpr std::size_t kInflated = std::size_t{192} << 10;

PixelBytes pixel_bytes(PngColor color) noexcept {
  switch (color) {
    case PngColor::rgb: return PixelBytes::three;
    case PngColor::rgba: return PixelBytes::four_keep_three;
    case PngColor::gray_alpha: return PixelBytes::two_keep_one;
    case PngColor::gray:
    case PngColor::palette: break;
  }
  return PixelBytes::one;
}

class WindowReader {
 public:
  void read(std::span<const std::byte> file, std::string_view where, const PngHeader& header, const Window& window,
            std::byte* to) {
    where_ = where;
    window_ = window;
    to_ = to;
    stride_ = 1 + static_cast<std::size_t>(header.row_bytes());
    unfilter_.begin(pixel_bytes(header.color), window.left + window.width);
    const std::span<const std::byte> rows = at_once_.inflate(file, where, header);
    if (rows.empty()) return read_bit_by_bit(file, header);
    const std::int64_t end = window.top + window.height;
    require_filters(rows.data(), 0, end);
    const std::int64_t first = first_needed(rows.data());
    take(row_at(rows.data(), first), first, end - first);
  }

 private:
  const std::byte* row_at(const std::byte* rows, std::int64_t y) const noexcept {
    return rows + static_cast<std::size_t>(y) * stride_;
  }

  // A row whose filter asks nothing of the row above begins anew.
  std::int64_t first_needed(const std::byte* rows) const noexcept {
    std::int64_t first = window_.top;
    while (first > 0 && row_at(rows, first)[0] >= std::byte{RowUnfilter::kFiltersOfOneRow}) --first;
    return first;
  }

  void read_bit_by_bit(std::span<const std::byte> file, const PngHeader& header) {
    const std::int64_t end = window_.top + window_.height;
    const bool to_the_end = end == header.height;
    PngChunks chunks(file, where_, header);
    inflate_.begin(chunks, where_, to_the_end ? PngInflate::Checked::to_the_end : PngInflate::Checked::as_far_as_read);
    const std::int64_t group = unfilter_.rows_at_once();
    const std::int64_t rows = std::max<std::int64_t>(static_cast<std::int64_t>(kInflated / stride_) / group, 1) * group;
    filtered_.resize(std::max(filtered_.size(), static_cast<std::size_t>(rows) * stride_ + 2 * RowUnfilter::kSlack));
    for (std::int64_t y = 0; y < end; y += rows) {
      const std::int64_t count = std::min(rows, end - y);
      const std::span<std::byte> some(filtered_.data() + RowUnfilter::kSlack,
                                      static_cast<std::size_t>(count) * stride_);
      inflate_.read(some);
      require_filters(some.data(), y, count);
      take(some.data(), y, count);
    }
    if (!to_the_end) return;
    inflate_.finish();
    chunks.finish();
  }

  // Of `count` rows, from row `first` of the image.
  void require_filters(const std::byte* rows, std::int64_t first, std::int64_t count) const {
    for (std::int64_t i = 0; i < count; ++i)
      if (row_at(rows, i)[0] >= std::byte{RowUnfilter::kFilters})
        fail(std::string(where_), "the PNG is damaged: row " + std::to_string(first + i) + " has an unknown filter",
             kDamagedPngRemedy);
  }

  // `count` rows, from row `first` of the image: those before them were taken, or are not needed.
  void take(const std::byte* rows, std::int64_t first, std::int64_t count) {
    const std::int64_t group = unfilter_.rows_at_once();
    for (std::int64_t i = 0; i < count; i += group) {
      const auto some = static_cast<int>(std::min(group, count - i));
      unfilter_.next(row_at(rows, i), stride_, some);
      copy(first + i, some);
    }
  }

  // What the window has of the rows from `first`.
  void copy(std::int64_t first, int count) const {
    for (int i = 0; i < count; ++i) {
      const std::int64_t y = first + i - window_.top;
      if (y < 0) continue;
      const std::span<const std::byte> row = unfilter_.row(i);
      const std::size_t pixel = row.size() / static_cast<std::size_t>(window_.left + window_.width);
      const std::size_t size = static_cast<std::size_t>(window_.width) * pixel;
      std::memcpy(to_ + static_cast<std::size_t>(y) * size, row.data() + row.size() - size, size);
    }
  }

  PngAtOnce at_once_;
  PngInflate inflate_;
  RowUnfilter unfilter_;
  std::vector<std::byte> filtered_;
  // Of the file at hand.
  std::string_view where_;
  Window window_;
  std::byte* to_ = nullptr;
  std::size_t stride_ = 0;
};

}  // namespace

bool has_png_rows(const PngHeader& header, PngUse use) noexcept {
  return header.depth == 8 && !header.interlaced && (use == PngUse::labels || header.color != PngColor::palette);
}

void decode_png_rows(std::span<const std::byte> file, std::string_view where, const PngHeader& header,
                     const Window& window, std::byte* to) {
  if (window.height == 0 || window.width == 0) return;
  thread_local WindowReader reader;
  reader.read(file, where, header, window, to);
}

std::int64_t png_rows_bytes(const ImageLayout& layout) noexcept {
  constexpr std::int64_t kPixel = 4, kMostRows = 2 * 32;  // of the unfilter, as they come and as they go
  return PngAtOnce::most_bytes(layout.height * (1 + layout.width * kPixel)) + static_cast<std::int64_t>(kInflated) +
         (kMostRows + 32) * (layout.width * kPixel + 4 * static_cast<std::int64_t>(RowUnfilter::kSlack));
}

}  // namespace seg
