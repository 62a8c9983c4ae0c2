// SPDX-License-Identifier: Apache-2.0
// A crop of a scaled, possibly flipped image, straight from the part of the source image that it needs.
//
// The crop is the one that scaling the whole image, cutting and then flipping would give, byte for byte:
// - Bilinear with half-pixel centres and without antialias: position i of n, scaled from m, reads the source at
//   (i + 1/2) m / n - 1/2; positions beyond the border read the border. Evaluated exactly in integers.
// - Weights are multiples of 2^-14. Rows are mixed first and kept to 2^-7 of a grey level, then columns are mixed and
// the
//   result is rounded to nearest; so every instruction set gives the same bytes.
// - Labels are nearest: position i reads the source at floor(i m / n), which is OpenCV's rule, evaluated exactly.
// Positions outside of the scaled image are padding.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "image/image.h"

namespace seg {

// Where a crop lies in the scaled image. top and left may be negative, and the crop may end beyond the scaled image:
// that is padding. Flips are applied to the crop.
struct CropGeometry {
  std::int64_t source_height = 0, source_width = 0;
  std::int64_t scaled_height = 0, scaled_width = 0;
  std::int64_t top = 0, left = 0;
  std::int64_t height = 0, width = 0;
  bool flip = false, flip_vertical = false;

  bool operator==(const CropGeometry&) const = default;
};

// The part of the source image that the crop reads, of its image or of its label; empty if all is padding.
Window source_window(const CropGeometry& geometry) noexcept;

// The part of the crop that is not padding.
Window inner_window(const CropGeometry& geometry) noexcept;

// Scratch memory and tables, kept between crops; one a thread.
class Resampler {
 public:
  // Computes the tables; the other functions work on this crop until the next call.
  void prepare(const CropGeometry& geometry);

  // Writes rows first … first+count-1 of the crop, [count, width, channels], padding included.
  // source holds exactly source_window(geometry).
  void image_rows(const Image& source, std::int64_t first, std::int64_t count, std::span<std::uint8_t> out,
                  std::uint8_t pad);
  void image_rows(const Image& source, std::int64_t first, std::int64_t count, std::span<std::uint16_t> out,
                  std::uint16_t pad);

  // The whole crop, [height, width].
  void label(const LabelMap& source, std::span<std::uint8_t> out, std::uint8_t pad) const;
};

}  // namespace seg
