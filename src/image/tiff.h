// SPDX-License-Identifier: Apache-2.0
// TIFF files, through libtiff: classic and BigTIFF, strips and tiles, channels interleaved or in planes of their own;
// stored, LZW, deflate, PackBits, Zstandard or JPEG.
//
// Images decode to what they hold: unsigned samples of 8 or 16 bits stay; gray of 1, 2 or 4 bits is scaled to 8 bits; a
// palette becomes RGB of 8 bits. Each sample of a pixel is a channel, whatever it shows (infrared, height); only alpha
// is dropped, and colours are not divided by it. Gray where white is 0 is turned round. The orientation tag is applied
// as EXIF's is: layouts and windows are those of the upright image. No colour profile is applied.
// Labels decode to raw indices: of the palette, or of gray, unscaled; of 16 bits if no value is above 255. Gray where
// white is 0 is turned round here, too: Pillow and OpenCV, by which labels are made and looked at, do so with 1 and 8
// bits.
//
// Only strips and tiles that the window touches are decoded, and only these are then checked; TIFF has no checksums.
// Functions are thread-safe; the outputs are reused without allocating if they are large enough.
// UserError names `where` (the path) for what is no TIFF, truncated, damaged, too large, or holds what is not read:
// signed and floating-point values, several pages (copies of smaller size and masks are passed over).
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "image/image.h"

namespace seg {

// Needs the whole file, as its directory may lie anywhere; finds out, too, whether the file was cut short.
ImageLayout tiff_layout(std::span<const std::byte> file, std::string_view where);
// The same; refuses what cannot hold labels.
ImageLayout tiff_label_layout(std::span<const std::byte> file, std::string_view where);

void decode_tiff(std::span<const std::byte> file, std::string_view where, const Window& window, Image& image);
void decode_tiff_labels(std::span<const std::byte> file, std::string_view where, const Window& window,
                        LabelMap& labels);

}  // namespace seg
