// SPDX-License-Identifier: Apache-2.0
// What the segments before the pixels of a JPEG file say; a walk of our own, so that a size can be refused before
// libjpeg takes memory for it.
//
// Pure functions. UserError names `where` for what is no JPEG, damaged, too large or of an unknown kind.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "image/image.h"
#include "image/orientation.h"

namespace seg {

struct JpegHeader {
  std::int64_t height = 0, width = 0;  // as stored
  int components = 0;                  // 1, 3 or 4
  Orientation orientation;

  ImageLayout layout() const noexcept;  // of the upright image
};

// Nothing if `start` ends before the header does.
std::optional<JpegHeader> read_jpeg_header(std::span<const std::byte> start, std::string_view where);

// A file without a whole header is an error, and so is one that is too short for the pixels that its header promises.
JpegHeader jpeg_header_of_file(std::span<const std::byte> file, std::string_view where);

[[noreturn]] void fail_damaged_jpeg(std::string_view where, const std::string& what);

}  // namespace seg
