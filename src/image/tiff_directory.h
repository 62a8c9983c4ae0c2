// SPDX-License-Identifier: Apache-2.0
// What the directory of a TIFF file says of its pixels; a walk of our own, so that sizes, places and kinds can be
// refused before libtiff takes memory for them.
//
// Classic TIFF and BigTIFF, both byte orders. Every strip or tile lies within the file, and the pixels are no more than
// the file can hold. Of several pages the first is taken if the others are smaller copies of it or masks (pyramids, as
// GDAL writes them).
// Pure functions. UserError names `where` for what is no TIFF, damaged, too large or of a kind that is not read.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "image/image.h"
#include "image/orientation.h"

namespace seg {

// Refused beyond these, before any memory is taken.
inline constexpr std::int64_t kLargestTiffPixels = std::int64_t{1} << 28;
inline constexpr std::int64_t kMostTiffSamples = 64;  // of a pixel

enum class TiffColor : std::uint8_t { white_is_zero, black_is_zero, rgb, palette, ycbcr };  // the last within JPEG only

struct TiffDirectory {
  std::int64_t height = 0, width = 0;  // as stored
  int bits = 1;                        // of a sample
  int samples = 1;                     // of a pixel
  std::vector<int> channels;           // the samples that are no alpha
  TiffColor color = TiffColor::black_is_zero;
  int compression = 1;
  bool is_planar = false;  // each sample in strips or tiles of its own
  bool is_tiled = false;
  std::int64_t strip_rows = 0;                   // of an image that is not tiled
  std::int64_t tile_height = 0, tile_width = 0;  // of one that is
  Orientation orientation;

  bool changes_values() const noexcept;  // through its compression
  ImageLayout layout() const noexcept;   // of the upright image
};

bool is_tiff(std::span<const std::byte> file) noexcept;

// What the pixels are for, as far as the user is told what to do about those that are not read.
enum class TiffUse : std::uint8_t { image, label };

TiffDirectory read_tiff_directory(std::span<const std::byte> file, std::string_view where,
                                  TiffUse use = TiffUse::image);

}  // namespace seg
