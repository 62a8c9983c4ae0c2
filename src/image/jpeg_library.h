// SPDX-License-Identifier: Apache-2.0
// Any kind of JPEG, decoded by libjpeg: the kinds and the damaged files that image/jpeg_rows.h does not serve, and what
// that is compared with.
//
// Thread-safe. UserError names `where` for a truncated or damaged file.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "image/image.h"
#include "image/jpeg_header.h"

namespace seg {

// Decodes a window of the stored image densely into `to`: gray, or RGB. The window lies within the image.
void decode_with_libjpeg(std::span<const std::byte> file, std::string_view where, const JpegHeader& header,
                         const Window& window, std::byte* to);

}  // namespace seg
