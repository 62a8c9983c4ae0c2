// SPDX-License-Identifier: Apache-2.0
#include "image/png_rows.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
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
    const std::int64_t end = window.top + window.height;
    const bool to_the_end = end == header.height;
    PngChunks chunks(file, where, header);
    inflate_.begin(chunks, where, to_the_end ? PngInflate::Checked::to_the_end : PngInflate::Checked::as_far_as_read);
    unfilter_.begin(pixel_bytes(header.color), window.left + window.width);
    const std::size_t stride = 1 + static_cast<std::size_t>(header.row_bytes());
    const std::int64_t group = unfilter_.rows_at_once();
    const std::int64_t rows = std::max<std::int64_t>(static_cast<std::int64_t>(kInflated / stride) / group, 1) * group;
    filtered_.resize(std::max(filtered_.size(), static_cast<std::size_t>(rows) * stride + 2 * RowUnfilter::kSlack));
    for (std::int64_t y = 0; y < end; y += rows) {
      const std::int64_t count = std::min(rows, end - y);
      const std::span<std::byte> some(filtered_.data() + RowUnfilter::kSlack, static_cast<std::size_t>(count) * stride);
      inflate_.read(some);
      for (std::int64_t i = 0; i < count; ++i)
        if (some[static_cast<std::size_t>(i) * stride] >= std::byte{RowUnfilter::kFilters})
          fail(std::string(where), "the PNG is damaged: row " + std::to_string(y + i) + " has an unknown filter",
               kDamagedPngRemedy);
      for (std::int64_t i = 0; i < count; i += group) {
        const auto some_rows = static_cast<int>(std::min(group, count - i));
        unfilter_.next(some.data() + static_cast<std::size_t>(i) * stride, stride, some_rows);
        copy(y + i, some_rows, window, to);
      }
    }
    if (!to_the_end) return;
    inflate_.finish();
    chunks.finish();
  }

 private:
  // What the window has of the rows from `first`.
  void copy(std::int64_t first, int count, const Window& window, std::byte* to) const {
    for (int i = 0; i < count; ++i) {
      const std::int64_t y = first + i - window.top;
      if (y < 0) continue;
      const std::span<const std::byte> row = unfilter_.row(i);
      const std::size_t pixel = row.size() / static_cast<std::size_t>(window.left + window.width);
      const std::size_t size = static_cast<std::size_t>(window.width) * pixel;
      std::memcpy(to + static_cast<std::size_t>(y) * size, row.data() + row.size() - size, size);
    }
  }

  PngInflate inflate_;
  RowUnfilter unfilter_;
  std::vector<std::byte> filtered_;
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

}  // namespace seg
