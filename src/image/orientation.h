// SPDX-License-Identifier: Apache-2.0
// How the pixels of a photo lie in its file: cameras store what the sensor saw and note how it was held. Orientations
// are numbered 1 to 8 as in EXIF; 1 is upright.
//
// Pure functions.
#pragma once
#include <cstddef>
#include <span>

#include "image/view.h"

namespace seg {

struct Orientation {
  int number = 1;

  bool swaps_sides() const noexcept { return number >= 5; }
  bool is_upright() const noexcept { return number == 1; }
  bool operator==(const Orientation&) const = default;
};

// Of the tag in EXIF data, which begins with its TIFF header. Upright if there is none, or none that can be read: the
// pixels are no worse for it.
Orientation exif_orientation(std::span<const std::byte> exif) noexcept;

// Where the pixels of a window of the upright image lie in the stored one, which has `height` x `width` pixels.
Window stored_window(Orientation orientation, const Window& upright, std::int64_t height, std::int64_t width) noexcept;

// Turns `stored`, dense pixels of `pixel_bytes` bytes, upright. `upright` holds as many bytes and does not overlap it.
struct StoredPixels {
  std::span<const std::byte> bytes;
  std::int64_t height = 0, width = 0, pixel_bytes = 1;
};
void turn_upright(Orientation orientation, const StoredPixels& stored, std::span<std::byte> upright) noexcept;

// The same for views, whose rows need not follow one another.
void turn_upright(Orientation orientation, const ImageView& stored, Image& upright);
void turn_upright(Orientation orientation, const LabelView& stored, LabelMap& upright);

}  // namespace seg
