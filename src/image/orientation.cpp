// SPDX-License-Identifier: Apache-2.0
#include "image/orientation.h"

#include <cassert>
#include <cstring>
#include <optional>
#include <utility>

namespace seg {
namespace {

constexpr std::uint32_t kOrientationTag = 0x0112;
constexpr std::uint32_t kShort = 3, kLong = 4;  // types of values
constexpr std::size_t kEntryBytes = 12;

// Numbers of the byte order that the header announces; nothing beyond the end.
class TiffReader {
 public:
  explicit TiffReader(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {
    is_little_ = number(0, 1) == 'I' && number(1, 1) == 'I';
    is_known_ = is_little_ || (number(0, 1) == 'M' && number(1, 1) == 'M');
  }
  bool is_known() const noexcept { return is_known_; }

  std::optional<std::uint32_t> number(std::size_t at, std::size_t count) const noexcept {
    if (at > bytes_.size() || count > bytes_.size() - at) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
      value = value << 8 | std::to_integer<std::uint32_t>(bytes_[at + (is_little_ ? count - 1 - i : i)]);
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool is_little_ = false, is_known_ = false;
};

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

}  // namespace

Orientation exif_orientation(std::span<const std::byte> exif) noexcept {
  const TiffReader tiff(exif);
  if (!tiff.is_known() || tiff.number(2, 2) != 42) return {};
  const std::size_t directory = tiff.number(4, 4).value_or(0);
  const std::size_t count = tiff.number(directory, 2).value_or(0);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    const auto tag = tiff.number(entry, 2);
    if (!tag) break;
    if (*tag != kOrientationTag) continue;
    const auto type = tiff.number(entry + 2, 2);
    const std::size_t value_bytes = type == kShort ? 2 : type == kLong ? 4 : 0;
    const std::uint32_t value = value_bytes == 0 ? 0 : tiff.number(entry + 8, value_bytes).value_or(0);
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
  const Turn turn = turn_of(orientation);
  const bool swaps = orientation.swaps_sides();
  const std::int64_t rows = swaps ? stored.width : stored.height, columns = swaps ? stored.height : stored.width;
  // A walk through the upright image; each of its steps is a constant number of stored bytes.
  const std::int64_t row_step = (turn.flips_rows ? -1 : 1) * stored.width * stored.pixel_bytes;
  const std::int64_t column_step = (turn.flips_columns ? -1 : 1) * stored.pixel_bytes;
  const std::int64_t down = swaps ? column_step : row_step, right = swaps ? row_step : column_step;
  std::int64_t line = 0;
  if (turn.flips_rows) line += (stored.height - 1) * stored.width * stored.pixel_bytes;
  if (turn.flips_columns) line += (stored.width - 1) * stored.pixel_bytes;
  std::byte* to = upright.data();
  for (std::int64_t y = 0; y < rows; ++y, line += down) {
    std::int64_t from = line;
    for (std::int64_t x = 0; x < columns; ++x, from += right, to += stored.pixel_bytes)
      std::memcpy(to, stored.bytes.data() + from, static_cast<std::size_t>(stored.pixel_bytes));
  }
}

}  // namespace seg
