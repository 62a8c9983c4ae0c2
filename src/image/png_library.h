// SPDX-License-Identifier: Apache-2.0
// Any kind of PNG, decoded by libpng: the kinds that image/png_rows.h does not serve, and what that is compared with.
//
// Thread-safe. UserError names `where` for a truncated or damaged file.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "image/image.h"
#include "image/png_header.h"

namespace seg {

enum class PngUse : std::uint8_t { image, labels };  // labels: raw values, neither scaled nor looked up in a palette

// Decodes the window densely into `to`: of an image as PngHeader::layout() says, of labels a byte a pixel (not for 16
// bits or colours). The window lies within the image. An interlaced file is decoded whole.
void decode_with_libpng(std::span<const std::byte> file, std::string_view where, const PngHeader& header, PngUse use,
                        const Window& window, std::byte* to);

}  // namespace seg
