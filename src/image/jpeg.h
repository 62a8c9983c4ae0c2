// SPDX-License-Identifier: Apache-2.0
// JPEG files: baseline and progressive, gray, RGB or YCbCr, CMYK or YCCK. The usual kinds go through image/jpeg_rows.h,
// the others through libjpeg-turbo; the pixels are the same.
//
// Images decode to 8-bit gray (1 channel) or RGB (3 channels), turned upright as their EXIF orientation says; layouts
// and windows are those of the upright image. Colour profiles are not applied. Adobe's CMYK is stored inverted; another
// one is not. A window's pixels are those of the whole image, byte for byte.
//
// Decoding stops after the last row that the window needs, so the rest of the file is then not checked; a window that
// needs the last row checks the whole file. What libjpeg warns of and passes over (missing data, bits that fit no code,
// bytes too many) is an error here, as the pixels would be wrong.
// Functions are thread-safe; the outputs are reused without allocating if they are large enough.
// UserError names `where` (the path) for what is no JPEG, truncated, damaged, too large or of an unknown kind.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "image/image.h"

namespace seg {

class JpegIndex;  // image/jpeg_index.h

// Refused beyond this, before any memory is taken. A progressive file takes up to 6 bytes a pixel beside the result.
inline constexpr std::int64_t kLargestJpegPixels = std::int64_t{1} << 28;

bool is_jpeg(std::span<const std::byte> file) noexcept;

// From the header, whose length depends on the profiles and previews in it: nothing if `start`, the beginning of a
// file, ends before the header does.
std::optional<ImageLayout> jpeg_layout(std::span<const std::byte> start, std::string_view where);

// With an index, windows of files that it knows are found sooner; the pixels are the same.
void decode_jpeg(std::span<const std::byte> file, std::string_view where, const Window& window, Image& image,
                 JpegIndex* index = nullptr);

}  // namespace seg
