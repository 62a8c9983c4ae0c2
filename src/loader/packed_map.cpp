// SPDX-License-Identifier: Apache-2.0
#include "loader/packed_map.h"

#include <lz4.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <vector>

#include "base/crc32c.h"
#include "base/little_endian.h"
#include "base/rounding.h"

namespace seg {
namespace {

constexpr std::size_t kNumberBytes = sizeof(std::uint64_t);

std::uint64_t end_of_band(const std::byte* ends, std::size_t band) {
  return number_at<std::uint64_t>({reinterpret_cast<const char*>(ends), (band + 1) * kNumberBytes},
                                  band * kNumberBytes);
}

std::string_view text_of(const void* bytes, std::size_t size) { return {static_cast<const char*>(bytes), size}; }

}  // namespace

std::int64_t largest_packed_map(std::int64_t height, std::int64_t width) noexcept {
  return divided_up(height, kBandRows) * static_cast<std::int64_t>(kNumberBytes) + height * width;
}

// Behind the bands that fill `filled` bytes already; returns how many are filled then.
std::size_t MapPacker::pack_band(const LabelView& map, std::int64_t first, std::int64_t rows, std::size_t filled) {
  const auto width = static_cast<std::size_t>(map.width()), size = width * static_cast<std::size_t>(rows);
  band_.resize(size);
  for (std::int64_t y = 0; y < rows; ++y)
    std::memcpy(band_.data() + static_cast<std::size_t>(y) * width, map.row(first + y).data(), width);
  checksum_ = crc32c(text_of(band_.data(), size), checksum_);
  bands_.resize(filled + size);
  // One byte less than the band has: a band that does not shrink is kept as it is.
  const int packed =
      LZ4_compress_default(reinterpret_cast<const char*>(band_.data()), reinterpret_cast<char*>(&bands_[filled]),
                           static_cast<int>(size), static_cast<int>(size) - 1);
  if (packed > 0) return filled + static_cast<std::size_t>(packed);
  std::memcpy(&bands_[filled], band_.data(), size);
  return filled + size;
}

void MapPacker::take(const LabelView& map) {
  const std::int64_t num_bands = divided_up(map.height(), kBandRows);
  ends_.assign(static_cast<std::size_t>(num_bands) * kNumberBytes, std::byte{0});
  checksum_ = 0;
  std::uint64_t filled = 0;
  for (std::int64_t band = 0; band < num_bands; ++band) {
    const std::int64_t first = band * kBandRows;
    filled = pack_band(map, first, std::min(kBandRows, map.height() - first), filled);
    std::memcpy(&ends_[static_cast<std::size_t>(band) * kNumberBytes], &filled, sizeof filled);
  }
  bands_.resize(filled);
}

std::optional<PackedMap> PackedMap::read(std::span<const std::byte> bytes, const Size& size) noexcept {
  PackedMap map;
  map.size_ = size;
  const auto num_bands = static_cast<std::size_t>(map.num_bands());
  if (num_bands > bytes.size() / kNumberBytes) return std::nullopt;
  map.ends_ = bytes.data();
  map.bands_ = bytes.data() + num_bands * kNumberBytes;
  const std::size_t room = bytes.size() - num_bands * kNumberBytes;
  std::uint64_t last = 0;
  for (std::size_t band = 0; band < num_bands; ++band) {
    const std::uint64_t end = end_of_band(map.ends_, band);
    if (end < last || end > room || end - last > LZ4_MAX_INPUT_SIZE) return std::nullopt;
    last = end;
  }
  // LZ4 counts with int.
  if (static_cast<std::uint64_t>(std::min(size.band_rows, size.height) * size.width) > LZ4_MAX_INPUT_SIZE)
    return std::nullopt;
  map.band_bytes_ = last;
  return map;
}

std::size_t PackedMap::size() const noexcept {
  return static_cast<std::size_t>(num_bands()) * kNumberBytes + band_bytes_;
}

std::int64_t PackedMap::num_bands() const noexcept { return divided_up(size_.height, size_.band_rows); }

std::size_t PackedMap::bytes_of_band(std::int64_t band) const noexcept {
  return static_cast<std::size_t>(std::min(size_.band_rows, size_.height - band * size_.band_rows) * size_.width);
}

bool PackedMap::unpack_band(std::int64_t band, std::uint8_t* to) const noexcept {
  const auto number = static_cast<std::size_t>(band);
  const std::uint64_t begin = band == 0 ? 0 : end_of_band(ends_, number - 1);
  const std::uint64_t end = end_of_band(ends_, number);
  if (end < begin || end > band_bytes_) return false;  // a file may change after it was looked at
  const std::uint64_t size = end - begin, unpacked = bytes_of_band(band);
  if (size == unpacked) {
    std::memcpy(to, bands_ + begin, size);
    return true;
  }
  const char* from = reinterpret_cast<const char*>(bands_ + begin);
  const int made =
      LZ4_decompress_safe(from, reinterpret_cast<char*>(to), static_cast<int>(size), static_cast<int>(unpacked));
  return made >= 0 && static_cast<std::uint64_t>(made) == unpacked;
}

std::optional<LabelView> PackedMap::unpack(const Window& window, LabelMap& memory) const {
  assert(window.within(size_.height, size_.width));
  memory.resize(size_.height, size_.width);
  if (window.height == 0 || window.width == 0) return LabelView(memory).part(window);
  const std::int64_t first = window.top / size_.band_rows, last = (window.top + window.height - 1) / size_.band_rows;
  for (std::int64_t band = first; band <= last; ++band)
    if (!unpack_band(band, memory.row(band * size_.band_rows).data())) return std::nullopt;
  return LabelView(memory).part(window);
}

std::optional<std::uint32_t> PackedMap::checksum() const {
  std::vector<std::uint8_t> memory(bytes_of_band(0));
  std::uint32_t sum = 0;
  for (std::int64_t band = 0; band < num_bands(); ++band) {
    if (!unpack_band(band, memory.data())) return std::nullopt;
    sum = crc32c(text_of(memory.data(), bytes_of_band(band)), sum);
  }
  return sum;
}

}  // namespace seg
