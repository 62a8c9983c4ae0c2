// SPDX-License-Identifier: Apache-2.0
// The usual kinds of JPEG (image/jpeg_scan.h), without libjpeg, bit for bit as it decodes them.
//
// Only the window's units, and those beside it that chroma is smoothed with, are more than walked over; nothing is read
// behind their last row, but a window that needs the image's last row checks the file's end. Units go through small
// buffers of the thread: coefficients of eight at a time, samples of two rows of them. What is above a window is passed
// by with the help of an index, if the file is known to it.
// Thread-safe; no allocation once a thread has seen a window as wide, but by the index for a file that is new to it.
#pragma once
#include <cstddef>
#include <span>

#include "image/image.h"
#include "image/jpeg_header.h"

namespace seg {

class JpegIndex;  // image/jpeg_index.h

// Decodes a window of the stored image densely into `to`: gray, or RGB. `header` is that of `file`, and the window is
// not empty and lies within the image. Without an index all that is above the window is walked through. False for kinds
// that are not served and for anything odd in the data, as in a file of which the header was understood otherwise: let
// libjpeg decode it or say what is wrong. `to` may then hold anything.
bool decode_jpeg_rows(std::span<const std::byte> file, const JpegHeader& header, const Window& window, JpegIndex* index,
                      std::byte* to);

// What a thread keeps for images of this width, at most.
std::int64_t jpeg_rows_bytes(std::int64_t width) noexcept;

}  // namespace seg
