// SPDX-License-Identifier: Apache-2.0
#include "image/orientation.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "image/tiff_numbers.h"

namespace seg {
namespace {

constexpr std::uint64_t kOrientationTag = 0x0112;
constexpr std::uint64_t kShort = 3, kLong = 4;  // types of values
constexpr std::uint64_t kEntryBytes = 12;

// Whether the stored rows and columns run backwards; by number, from 1.
struct Turn {
  bool flips_rows, flips_columns;
};
constexpr Turn kTurns[] = {{false, false}, {false, true}, {true, true}, {true, false},
                           {false, false}, {true, false}, {true, true}, {false, true}};

Turn turn_of(Orientation orientation) noexcept {
  assert(orientation.number >= 1 && orientation.number <= 8);
  return kTurns[orientation.number - 1];
}

// A walk through the upright image; each of its steps is a constant number of stored bytes. It goes by strips of
// columns, so that where rows become columns, the stored rows of one strip stay in the cache. Bytes: of a pixel, if not
// 0.
struct Walk {
  const std::byte* from = nullptr;  // the stored pixel of the upright image's first
  std::int64_t down = 0, right = 0, pixel_bytes = 0;
};

template <std::int64_t Bytes>
void walk(const Walk& w, std::int64_t rows, std::int64_t columns, std::byte* to) noexcept {
  constexpr std::int64_t kStrip = 32;
  const std::int64_t bytes = Bytes == 0 ? w.pixel_bytes : Bytes;
  for (std::int64_t left = 0; left < columns; left += kStrip) {
    const std::int64_t end = std::min(columns, left + kStrip);
    for (std::int64_t y = 0; y < rows; ++y) {
      const std::byte* from = w.from + y * w.down + left * w.right;
      std::byte* pixel = to + (y * columns + left) * bytes;
      for (std::int64_t x = left; x < end; ++x, from += w.right, pixel += bytes)
        std::memcpy(pixel, from, static_cast<std::size_t>(bytes));
    }
  }
}

// Of `stored`, only where its bytes begin is used.
void turn(Orientation orientation, const StoredPixels& stored, std::int64_t stride, std::byte* upright) noexcept {
  const Turn turn = turn_of(orientation);
  const bool swaps = orientation.swaps_sides();
  const std::int64_t row_step = turn.flips_rows ? -stride : stride;
  const std::int64_t column_step = turn.flips_columns ? -stored.pixel_bytes : stored.pixel_bytes;
  Walk w{.from = stored.bytes.data(),
         .down = swaps ? column_step : row_step,
         .right = swaps ? row_step : column_step,
         .pixel_bytes = stored.pixel_bytes};
  if (turn.flips_rows) w.from += (stored.height - 1) * stride;
  if (turn.flips_columns) w.from += (stored.width - 1) * stored.pixel_bytes;
  const std::int64_t rows = swaps ? stored.width : stored.height, columns = swaps ? stored.height : stored.width;
  switch (stored.pixel_bytes) {
    case 1: return walk<1>(w, rows, columns, upright);
    case 3: return walk<3>(w, rows, columns, upright);
    case 6: return walk<6>(w, rows, columns, upright);
    default: return walk<0>(w, rows, columns, upright);
  }
}

}  // namespace

Orientation exif_orientation(std::span<const std::byte> exif) noexcept {
  const TiffNumbers tiff(exif);
  if (!tiff.is_known() || tiff.number(2, 2) != 42) return {};
  const std::uint64_t directory = tiff.number(4, 4).value_or(0);
  const std::uint64_t count = tiff.number(directory, 2).value_or(0);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t entry = directory + 2 + i * kEntryBytes;
    const auto tag = tiff.number(entry, 2);
    if (!tag) break;
    if (*tag != kOrientationTag) continue;
    const auto type = tiff.number(entry + 2, 2);
    const std::size_t value_bytes = type == kShort ? 2 : type == kLong ? 4 : 0;
    const std::uint64_t value = value_bytes == 0 ? 0 : tiff.number(entry + 8, value_bytes).value_or(0);
    return value >= 1 && value <= 8 ? Orientation{static_cast<int>(value)} : Orientation{};
  }
  return {};
}

Window stored_window(Orientation orientation, const Window& upright, std::int64_t height, std::int64_t width) noexcept {
  Window window = upright;
  if (orientation.swaps_sides()) {
    std::swap(window.top, window.left);
    std::swap(window.height, window.width);
  }
  const Turn turn = turn_of(orientation);
  if (turn.flips_rows) window.top = height - window.top - window.height;
  if (turn.flips_columns) window.left = width - window.left - window.width;
  return window;
}

void turn_upright(Orientation orientation, const StoredPixels& stored, std::span<std::byte> upright) noexcept {
  assert(stored.bytes.size() == upright.size());
  turn(orientation, stored, stored.width * stored.pixel_bytes, upright.data());
}

void turn_upright(Orientation orientation, const ImageView& stored, Image& upright) {
  ImageLayout layout = stored.layout();
  if (orientation.swaps_sides()) std::swap(layout.height, layout.width);
  upright.resize(layout);
  if (layout.size_bytes() == 0) return;
  const std::int64_t pixel_bytes = layout.channels * bytes_of(layout.type);
  const std::span<const std::byte> first = layout.type == PixelType::u8 ? std::as_bytes(stored.row<std::uint8_t>(0))
                                                                        : std::as_bytes(stored.row<std::uint16_t>(0));
  turn(orientation, {first, stored.height(), stored.width(), pixel_bytes}, stored.stride(), upright.bytes().data());
}

void turn_upright(Orientation orientation, const LabelView& stored, LabelMap& upright) {
  const bool swaps = orientation.swaps_sides();
  upright.resize(swaps ? stored.width() : stored.height(), swaps ? stored.height() : stored.width());
  if (stored.height() == 0 || stored.width() == 0) return;
  const std::int64_t stride = stored.height() > 1 ? stored.row(1).data() - stored.row(0).data() : stored.width();
  turn(orientation, {std::as_bytes(stored.row(0)), stored.height(), stored.width(), 1}, stride,
       std::as_writable_bytes(upright.values()).data());
}

}  // namespace seg
