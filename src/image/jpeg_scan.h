// SPDX-License-Identifier: Apache-2.0
// What cameras and data sets write, and what has to be known of such a JPEG to decode it (ITU T.81): sequential Huffman
// coding of 8 bits, one scan, gray or YCbCr with chroma of full or half size.
//
// Pure; refuses nothing. A file of another kind, or with anything odd in its header, is left to libjpeg.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace seg {

// The index of a block's coefficient, row by row, from its place in the file. A block's coefficients lie in the file
// from the lowest frequency to the highest.
inline constexpr std::array<std::uint8_t, 64> kJpegOrder = [] {
  std::array<std::uint8_t, 64> order{};
  std::size_t place = 0;
  for (int diagonal = 0; diagonal < 15; ++diagonal)
    for (int i = 0; i <= diagonal; ++i) {
      const int row = diagonal % 2 != 0 ? i : diagonal - i, column = diagonal - row;
      if (row < 8 && column < 8) order[place++] = static_cast<std::uint8_t>(8 * row + column);
    }
  return order;
}();

// A Huffman code as a file describes it.
struct JpegCode {
  std::array<std::uint8_t, 16> counts{};    // of codes with 1 to 16 bits
  std::array<std::uint8_t, 256> symbols{};  // the shortest code's first; behind the last: 0
  bool operator==(const JpegCode&) const = default;
};

struct JpegChannel {
  int across = 1, down = 1;               // blocks in a unit
  std::array<std::int16_t, 64> quanta{};  // row by row
  std::size_t dc_code = 0, ac_code = 0;   // in the scan's tables
};

// A unit is the smallest rectangle that holds whole blocks of each channel: 8 or 16 pixels high and wide.
struct JpegScan {
  std::int64_t height = 0, width = 0;
  std::size_t num_channels = 0;         // 1 or 3
  std::array<JpegChannel, 3> channels;  // the first has the most blocks; gray has one in a unit
  std::array<JpegCode, 4> dc_codes, ac_codes;
  std::int64_t restart_units = 0;  // after so many the coding begins anew; 0: never
  std::size_t data = 0;            // where in the file the coded blocks begin

  int unit_height() const noexcept { return 8 * channels[0].down; }
  int unit_width() const noexcept { return 8 * channels[0].across; }
  std::int64_t unit_rows() const noexcept { return (height + unit_height() - 1) / unit_height(); }
  std::int64_t units_across() const noexcept { return (width + unit_width() - 1) / unit_width(); }
};

// `file` begins as a JPEG does.
std::optional<JpegScan> read_jpeg_scan(std::span<const std::byte> file);

}  // namespace seg
