// SPDX-License-Identifier: Apache-2.0
// Image files of any supported format; which one is decided by their first bytes, never by their names.
//
// Supported: PNG and TIFF for images and labels, JPEG for images. Files of other formats are refused by name. All else
// as in image/png.h, image/tiff.h and image/jpeg.h.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "image/image.h"

namespace seg {

class JpegIndex;  // image/jpeg_index.h

enum class ImageFormat { png, jpeg, tiff, bmp, gif, webp, pnm, hdf5, numpy, text, unknown };

ImageFormat format_of(std::span<const std::byte> file) noexcept;
std::string_view name_of(ImageFormat format) noexcept;
bool is_supported(ImageFormat format) noexcept;

// What a thread keeps for the next file of such a size, beside the image, at most. What libraries take for a moment
// (for TIFF, and for rare kinds of the others) is not counted.
std::int64_t decoder_bytes(ImageFormat format, const ImageLayout& layout) noexcept;

// This much of the beginning of a file is enough for layout_of_start() with most files.
inline constexpr std::size_t kLayoutBytes = 4096;

// This much of the end of a file is enough for has_end().
inline constexpr std::size_t kEndBytes = 64;

// Whether the last bytes of a file are those of a whole one. False proves nothing, as some programs append to files:
// decode all of it to know. A TIFF has no end: image_layout() of the whole file finds what is missing.
bool has_end(ImageFormat format, std::span<const std::byte> file_end) noexcept;

// From the first bytes of a file; nothing if its header is longer (a JPEG with profiles or previews in it) or may lie
// anywhere (TIFF).
std::optional<ImageLayout> layout_of_start(std::span<const std::byte> start, std::string_view where);
ImageLayout image_layout(std::span<const std::byte> file, std::string_view where);

// Refuses formats that cannot hold labels.
ImageLayout label_layout(std::span<const std::byte> file, std::string_view where);

// `known` is for who decodes windows of the same files again and again.
void decode_image(std::span<const std::byte> file, std::string_view where, const Window& window, Image& image,
                  JpegIndex* known = nullptr);
void decode_labels(std::span<const std::byte> file, std::string_view where, const Window& window, LabelMap& labels);

}  // namespace seg
