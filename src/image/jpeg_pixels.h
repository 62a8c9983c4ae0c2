// SPDX-License-Identifier: Apache-2.0
// From coefficients to pixels, by the best vector instructions of this processor: the inverse transform of blocks,
// chroma of half size smoothed to full size, colours.
//
// All in integers, bit for bit as libjpeg's slow ("islow") transform with its smooth ("fancy") upsampling: the
// factorisation of Loeffler, Ligtenberg and Moschytz with factors of 13 bits, kept to 16 bits between the passes;
// weights of 3/4 and 1/4 to the nearer and the farther neighbour; YCbCr of JFIF with factors of 16 bits.
// Results are the same at every level of instructions. Thread-safe.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace seg {

// False if the processor has no vectors that this is written for.
bool has_jpeg_pixels() noexcept;

// Neighbouring blocks of one channel, in groups of JpegTile.
struct JpegGroups {
  const std::int16_t* coefficients = nullptr;  // aligned to 64
  std::span<const std::uint8_t> reach;         // of each group
  const std::int16_t* quanta = nullptr;        // 64, row by row
  std::uint8_t* to = nullptr;                  // 8 rows of samples, 32 a group
  std::ptrdiff_t stride = 0;                   // from one to the next
};

// False for coefficients so large that no image has them; libjpeg's results then depend on its kind of instructions.
bool transform_jpeg_blocks(const JpegGroups& groups) noexcept;

// A row of chroma of half width as `2 size` samples. `near` has the same height as the image, or is the nearer of two
// rows, of which `far` is the farther one. The samples before the first and behind the last are read. `sums` and `to`
// have room for kJpegSlack values more.
inline constexpr std::size_t kJpegSlack = 128;
void widen_chroma(const std::uint8_t* near, const std::uint8_t* far, std::size_t size, std::int16_t* sums,
                  std::uint8_t* to) noexcept;

// Chroma of full width and half height; `is_lower`: the far row is the one below.
void mix_chroma_rows(const std::uint8_t* near, const std::uint8_t* far, bool is_lower, std::size_t size,
                     std::uint8_t* to) noexcept;

// Rows of Y, Cb and Cr as RGB, 3 bytes a pixel; the sources are read up to kJpegSlack samples behind their ends.
void jpeg_colors(const std::array<const std::uint8_t*, 3>& rows, std::size_t pixels, std::uint8_t* rgb) noexcept;

}  // namespace seg
