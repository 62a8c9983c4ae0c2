// SPDX-License-Identifier: Apache-2.0
// PNG files of every kind for tests, written from the specification with zlib alone: no code is shared with libpng or
// with what is tested. Samples are raw: 0 … 2^depth-1, interleaved.
#pragma once
#include <zlib.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/random.h"
#include "image/color.h"
#include "image/image.h"

namespace seg::testing {

inline constexpr int kPngGray = 0, kPngRgb = 2, kPngPalette = 3, kPngGrayAlpha = 4, kPngRgba = 6;

inline int samples_of(int color) {
  return color == kPngRgb ? 3 : color == kPngGrayAlpha ? 2 : color == kPngRgba ? 4 : 1;
}

struct RawPng {
  int width = 1, height = 1, depth = 8, color = kPngGray;
  bool interlaced = false;
  std::vector<std::uint16_t> samples = {};
  std::vector<Rgb> palette = {};
  int level = 6;
  std::size_t chunk_bytes = 1 << 20;           // IDAT is cut into chunks of this size
  std::vector<int> filters = {0, 1, 2, 3, 4};  // of the rows, over and over
  int strategy = Z_DEFAULT_STRATEGY;           // of zlib

  int channels() const { return samples_of(color); }
  std::uint16_t at(int y, int x, int c) const {
    return samples[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) *
                       static_cast<std::size_t>(channels()) +
                   static_cast<std::size_t>(c)];
  }
};

inline void append_big_endian(std::string& to, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(value >> shift & 255);
}

inline std::string png_chunk(const std::string& name, const std::string& content) {
  std::string chunk;
  append_big_endian(chunk, static_cast<std::uint32_t>(content.size()));
  const std::string body = name + content;
  chunk += body;
  append_big_endian(chunk, static_cast<std::uint32_t>(
                               crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()))));
  return chunk;
}

// One row, packed to bytes as in the file.
inline std::string packed_row(const RawPng& png, int y, int x0, int dx) {
  std::string row;
  int bits = 0, used = 0;
  for (int x = x0; x < png.width; x += dx)
    for (int c = 0; c < png.channels(); ++c) {
      const int value = png.at(y, x, c);
      if (png.depth == 16) {
        row += static_cast<char>(value >> 8);
        row += static_cast<char>(value & 255);
      } else {
        bits = bits << png.depth | value;
        used += png.depth;
        if (used == 8) {
          row += static_cast<char>(bits);
          bits = used = 0;
        }
      }
    }
  if (used > 0) row += static_cast<char>(bits << (8 - used));
  return row;
}

inline std::string filtered(const std::vector<std::string>& rows, std::size_t bpp, const std::vector<int>& types) {
  std::string out, above;
  std::size_t y = 0;
  for (const std::string& row : rows) {
    const int type = types[y++ % types.size()];
    above.resize(row.size(), 0);
    out += static_cast<char>(type);
    for (std::size_t i = 0; i < row.size(); ++i) {
      const int x = static_cast<unsigned char>(row[i]), b = static_cast<unsigned char>(above[i]);
      const int a = i < bpp ? 0 : static_cast<unsigned char>(row[i - bpp]);
      const int c = i < bpp ? 0 : static_cast<unsigned char>(above[i - bpp]);
      const int p = a + b - c, pa = std::abs(p - a), pb = std::abs(p - b), pc = std::abs(p - c);
      const int paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      const int guesses[] = {0, a, b, (a + b) / 2, paeth};
      out += static_cast<char>(x - guesses[type]);
    }
    above = row;
  }
  return out;
}

inline std::string raw_rows(const RawPng& png) {
  const std::size_t bpp = std::max<std::size_t>(1, static_cast<std::size_t>(png.channels() * png.depth) / 8);
  std::vector<std::string> rows;
  if (!png.interlaced) {
    for (int y = 0; y < png.height; ++y) rows.push_back(packed_row(png, y, 0, 1));
    return filtered(rows, bpp, png.filters);
  }
  constexpr int kPasses[7][4] = {{0, 0, 8, 8}, {0, 4, 8, 8}, {4, 0, 8, 4}, {0, 2, 4, 4},
                                 {2, 0, 4, 2}, {0, 1, 2, 2}, {1, 0, 2, 1}};  // y0, x0, dy, dx
  std::string all;
  for (const auto& [y0, x0, dy, dx] : kPasses) {
    if (x0 >= png.width) continue;
    rows.clear();
    for (int y = y0; y < png.height; y += dy) rows.push_back(packed_row(png, y, x0, dx));
    all += filtered(rows, bpp, png.filters);
  }
  return all;
}

inline Bytes to_bytes(const std::string& text) {
  Bytes bytes(text.size());
  if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

inline std::string png_header(int width, int height, int depth, int color, bool interlaced) {
  std::string header;
  append_big_endian(header, static_cast<std::uint32_t>(width));
  append_big_endian(header, static_cast<std::uint32_t>(height));
  header += static_cast<char>(depth);
  header += static_cast<char>(color);
  header += std::string(2, '\0');
  header += static_cast<char>(interlaced ? 1 : 0);
  return png_chunk("IHDR", header);
}

inline std::string deflated(const std::string& raw, int level, int strategy = Z_DEFAULT_STRATEGY) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, 15, 8, strategy) != Z_OK) std::abort();
  std::string packed(deflateBound(&stream, static_cast<uLong>(raw.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(raw.data()));
  stream.avail_in = static_cast<uInt>(raw.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

inline Bytes make_png(const RawPng& png) {
  std::string file = "\x89PNG\r\n\x1a\n";
  file += png_header(png.width, png.height, png.depth, png.color, png.interlaced);
  file += png_chunk("tEXt", std::string("Comment\0made by a test", 22));
  if (!png.palette.empty()) {
    std::string colors;
    for (const Rgb& color : png.palette)
      colors += {static_cast<char>(color.r), static_cast<char>(color.g), static_cast<char>(color.b)};
    file += png_chunk("PLTE", colors);
  }
  const std::string packed = deflated(raw_rows(png), png.level, png.strategy);
  for (std::size_t i = 0; i < packed.size(); i += png.chunk_bytes)
    file += png_chunk("IDAT", packed.substr(i, png.chunk_bytes));
  return to_bytes(file + png_chunk("IEND", ""));
}

// Random samples (smooth enough to compress), and a palette with as many colours as the depth can name.
inline RawPng random_png(int width, int height, int depth, int color, bool interlaced = false, std::uint64_t seed = 1) {
  RawPng png{.width = width, .height = height, .depth = depth, .color = color, .interlaced = interlaced};
  Random random(seed, RandomStream::synthetic, static_cast<std::uint64_t>(width * 1000 + height));
  const std::uint32_t largest = (1u << depth) - 1;
  const std::size_t count =
      static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(png.channels());
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (random.below(3) == 0) value = random.bits() & largest;
    png.samples.push_back(static_cast<std::uint16_t>(value));
  }
  if (color == kPngPalette)
    for (std::uint32_t i = 0; i <= largest; ++i)
      png.palette.push_back({static_cast<std::uint8_t>(random.bits()), static_cast<std::uint8_t>(random.bits()),
                             static_cast<std::uint8_t>(i)});
  return png;
}

}  // namespace seg::testing
