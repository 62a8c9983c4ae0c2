// SPDX-License-Identifier: Apache-2.0
// A crop of a scaled, possibly flipped image, straight from the part of the source image that it needs.
//
// The crop is the one that scaling the whole image, cutting and then flipping would give, byte for byte:
// - Bilinear with half-pixel centres and without antialias: position i of n, scaled from m, reads the source at
//   (i + 1/2) m / n - 1/2; positions beyond the border read the border. Evaluated exactly, in integers.
// - Weights are multiples of 2^-14. Rows are mixed first, then columns; after each, the value is rounded to 2^-7 of a
//   grey level (halves go up), and at last to a whole one. So every instruction set gives the same bytes.
// - Labels are nearest by OpenCV's rule, which the reference uses: position i reads the source at
//   floor(i (1 / (n / m))), each operation rounded to double precision, which every machine does alike.
// Positions outside of the scaled image are padding. Sizes are at least 1; those of source images below 2^31.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "image/nearest_row.h"
#include "image/row_mix.h"
#include "image/view.h"

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

// The part of the source that the crop reads, of its image or of its label; no pixels if all of the crop is padding.
Window source_window(const CropGeometry& geometry) noexcept;

// The part of the crop that is not padding.
Window inner_window(const CropGeometry& geometry) noexcept;

// Tables and scratch memory, kept from crop to crop. Not thread-safe.
class Resampler {
 public:
  // So that crops up to this size, from source windows up to that, will allocate nothing.
  void reserve(std::int64_t height, std::int64_t width, const ImageLayout& window);

  // Chooses the crop that the other functions work on, and the number of channels of its image. The same one again
  // costs nothing.
  void prepare(const CropGeometry& geometry, std::int64_t channels);

  const Window& source() const noexcept { return source_; }
  const Window& inner() const noexcept { return inner_; }

  // Rows first … first+count-1 of the crop, padding included: out is [count, width, channels].
  // The image holds exactly the pixels of source().
  void image_rows(const ImageView& image, std::int64_t first, std::int64_t count, std::span<std::uint8_t> out,
                  std::uint8_t pad);
  void image_rows(const ImageView& image, std::int64_t first, std::int64_t count, std::span<std::uint16_t> out,
                  std::uint16_t pad);

  // The whole crop: out is [height, width]. The map holds exactly the pixels of source(). Returns how many labels of
  // the crop are not `ignored`.
  std::int64_t label(const LabelView& map, std::span<std::uint8_t> out, std::uint8_t pad, std::uint8_t ignored) const;

 private:
  // What the positions of one side of the crop read, relative to the source window; only those that are not padding.
  struct Axis {
    std::vector<std::int32_t> low;      // first of two neighbours
    std::vector<std::int16_t> weight;   // of the second, below 2^14; if it is 0, the second need not exist
    std::vector<std::int32_t> nearest;  // for labels

    void reserve(std::int64_t size);
    void prepare(std::int64_t source_size, std::int64_t scaled_size, std::int64_t first, std::int64_t count,
                 std::int64_t source_first, bool reversed);
  };
  template <class T>
  void resample_rows(const ImageView& image, std::int64_t first, std::int64_t count, std::span<T> out, T pad);
  void resample_row(const ImageView& image, std::size_t y, std::span<std::uint8_t> out);
  void resample_row(const ImageView& image, std::size_t y, std::span<std::uint16_t> out);

  CropGeometry geometry_;
  std::int64_t channels_ = 0;
  Window source_, inner_;
  Axis rows_, columns_;
  ColumnMix column_mix_;
  NearestRow nearest_row_;
  std::vector<std::int16_t> mixed_;       // a row of the source window after mixing rows
  std::vector<std::int32_t> mixed_wide_;  // the same of a 16-bit image
};

}  // namespace seg
