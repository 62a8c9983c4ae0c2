// SPDX-License-Identifier: Apache-2.0
// Image files of any supported format; which one is decided by their first bytes, never by their names.
//
// Supported: PNG. Files of other formats are refused by name. Everything else as in image/png.h.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "image/image.h"

namespace seg {

enum class ImageFormat { png, jpeg, tiff, bmp, gif, webp, pnm, hdf5, numpy, text, unknown };

ImageFormat format_of(std::span<const std::byte> file) noexcept;
std::string_view name_of(ImageFormat format) noexcept;

// This much of the beginning of a file is enough for image_layout().
inline constexpr std::size_t kLayoutBytes = 4096;

// This much of the end of a file is enough for has_end().
inline constexpr std::size_t kEndBytes = 64;

// Whether the last bytes of a file are those of a whole one. False proves nothing, as some programs append to files:
// decode all of it to know.
bool has_end(std::span<const std::byte> file_end) noexcept;

// `file` may be only the beginning of the file.
ImageLayout image_layout(std::span<const std::byte> file, std::string_view where);
void decode_image(std::span<const std::byte> file, std::string_view where, const Window& window, Image& image);
void decode_labels(std::span<const std::byte> file, std::string_view where, const Window& window, LabelMap& labels);

}  // namespace seg
