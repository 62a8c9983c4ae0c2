// SPDX-License-Identifier: Apache-2.0
// What the header of a PNG says, checked before memory is taken for its pixels.
//
// Pure functions. UserError names `where` for what is no PNG, truncated, damaged or too large.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "image/image.h"

namespace seg {

inline constexpr std::size_t kPngHeaderBytes = 8 + 4 + 4 + 13 + 4;  // signature; length, name, content and CRC of IHDR

enum class PngColor : std::uint8_t { gray = 0, rgb = 2, palette = 3, gray_alpha = 4, rgba = 6 };

struct PngHeader {
  std::int64_t width = 0, height = 0;
  int depth = 0;
  PngColor color = PngColor::gray;
  bool interlaced = false;

  int samples() const noexcept;                                                            // of a pixel as stored
  std::int64_t row_bytes() const noexcept { return (width * samples() * depth + 7) / 8; }  // without the filter's byte
  ImageLayout layout() const noexcept;                                                     // of the decoded image
};

// Needs the first 33 bytes of the file only.
PngHeader read_png_header(std::span<const std::byte> file, std::string_view where);

// Fails for a file that is too short for its pixels, however well they are compressed.
void require_plausible_size(std::span<const std::byte> file, std::string_view where, const PngHeader& header);

std::uint32_t big_endian(const std::byte* bytes) noexcept;  // of four bytes

inline constexpr const char* kDamagedPngRemedy = "copy or save the file again, or take it out of the list";

}  // namespace seg
