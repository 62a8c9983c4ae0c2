// SPDX-License-Identifier: Apache-2.0
// The usual kinds of PNG, without libpng: 8 bits, not interlaced, and no colours to be looked up.
//
// Only the rows down to the window's last are inflated, and only the columns up to its last are unfiltered. Rows live
// in a small buffer of the thread, from which the window's columns are copied. Every chunk of pixels that is used is
// held against its checksum first; a window that reaches the last row checks the rest of the file, too. Files that
// shrink well, as those of labels do, are inflated and checked as a whole, which takes less time than a part would.
// Thread-safe; no allocation once a thread has seen an image as wide. UserError names `where` for a file that is
// truncated or damaged.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "image/image.h"
#include "image/png_header.h"
#include "image/png_library.h"

namespace seg {

bool has_png_rows(const PngHeader& header, PngUse use) noexcept;

// As decode_with_libpng(); for files of which has_png_rows() is true.
void decode_png_rows(std::span<const std::byte> file, std::string_view where, const PngHeader& header,
                     const Window& window, std::byte* to);

// What a thread keeps for images of this size, at most.
std::int64_t png_rows_bytes(const ImageLayout& layout) noexcept;

}  // namespace seg
