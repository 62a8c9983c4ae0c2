// SPDX-License-Identifier: Apache-2.0
// A map of one byte a pixel, compressed in bands of rows, so that a window costs only the bands that it touches:
//
//     ends     a uint64 for each band: where its bytes end, from where those of the first begin
//     bands    one after the other, each compressed by LZ4; a band that would not shrink is as it is
//
// Numbers are little-endian.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/file.h"
#include "image/image.h"
#include "image/view.h"

namespace seg {

// Few enough that a crop unpacks little beside itself, many enough that LZ4 finds what repeats.
inline constexpr std::int64_t kBandRows = 64;

std::int64_t largest_packed_map(std::int64_t height, std::int64_t width) noexcept;

// Packs maps one after the other. Keeps its buffers; not thread-safe.
class MapPacker {
 public:
  void take(const LabelView& map);

  std::span<const std::byte> ends() const noexcept { return ends_; }
  std::span<const std::byte> bands() const noexcept { return bands_; }
  std::size_t size() const noexcept { return ends_.size() + bands_.size(); }
  std::uint32_t checksum() const noexcept { return checksum_; }  // CRC-32C of the map's own bytes

 private:
  std::size_t pack_band(const LabelView& map, std::int64_t first, std::int64_t rows, std::size_t filled);

  Bytes ends_, bands_;
  Bytes band_;  // one of the map, dense
  std::uint32_t checksum_ = 0;
};

// Points into the bytes that it was read from.
class PackedMap {
 public:
  struct Size {
    std::int64_t height = 0, width = 0, band_rows = kBandRows;
  };

  // Of the bytes' beginning; nothing if no map of this size can be there. Every byte that is read later lies within
  // them. Height, width and rows are at least 1, and height times width a number that memory could have.
  static std::optional<PackedMap> read(std::span<const std::byte> bytes, const Size& size) noexcept;

  std::size_t size() const noexcept;  // in bytes

  // Unpacks the bands that the window touches into `memory`, which allocates nothing once it has held a whole map.
  // Nothing if they are damaged.
  std::optional<LabelView> unpack(const Window& window, LabelMap& memory) const;

  // CRC-32C of the map's own bytes; nothing if a band is damaged. Needs the memory of one band.
  std::optional<std::uint32_t> checksum() const;

 private:
  std::int64_t num_bands() const noexcept;
  std::size_t bytes_of_band(std::int64_t band) const noexcept;  // unpacked
  bool unpack_band(std::int64_t band, std::uint8_t* to) const noexcept;

  Size size_;
  const std::byte* ends_ = nullptr;
  const std::byte* bands_ = nullptr;
  std::size_t band_bytes_ = 0;  // of all bands
};

}  // namespace seg
