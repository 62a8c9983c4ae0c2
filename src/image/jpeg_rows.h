// SPDX-License-Identifier: Apache-2.0
// The usual kinds of JPEG (image/jpeg_scan.h), without libjpeg, bit for bit as it decodes them.
//
// Only the window's units, and those beside it that chroma is smoothed with, are more than walked over; nothing is read
// behind their last row, but a window that needs the image's last row checks the file's end. Units go through small
// buffers of the thread: coefficients of eight at a time, samples of two rows of them. What is above a window is passed
// by with the help of image/jpeg_index.h if the file is known.
// Thread-safe; no allocation once a thread has seen a window as wide.
#pragma once
#include <cstddef>
#include <span>

#include "image/image.h"

namespace seg {

// Decodes a window of the stored image densely into `to`: gray, or RGB. `file` begins as a JPEG does, and the window is
// not empty and lies within the image. False for kinds that are not served and for anything odd in the data: let
// libjpeg decode it or say what is wrong. `to` may then hold anything.
bool decode_jpeg_rows(std::span<const std::byte> file, const Window& window, std::byte* to);

}  // namespace seg
