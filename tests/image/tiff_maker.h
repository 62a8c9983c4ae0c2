// SPDX-License-Identifier: Apache-2.0
// TIFF files of every kind for tests, by libtiff's writer; and the tags of such a file, changed in place.
#pragma once
#include <tiffio.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/random.h"
#include "image/color.h"

namespace seg::testing {

// Samples are raw: 0 … 2^bits-1, interleaved, as stored.
struct RawTiff {
  int width = 1, height = 1, bits = 8, samples = 1;
  int color = PHOTOMETRIC_MINISBLACK, compression = COMPRESSION_NONE, orientation = 1, kind = SAMPLEFORMAT_UINT;
  std::vector<std::uint16_t> extra = {};  // what the last samples are
  std::vector<Rgb> palette = {};
  int strip_rows = 0;                   // 0: one strip
  int tile_height = 0, tile_width = 0;  // 0: strips
  bool is_planar = false, has_predictor = false, is_big_endian = false, is_big = false;
  std::vector<int> page_kinds = {};  // of further pages of one pixel each
  std::vector<std::uint16_t> values = {};

  std::uint16_t at(std::int64_t y, std::int64_t x, int sample) const {
    return values[static_cast<std::size_t>((y * width + x) * samples + sample)];
  }
};

inline RawTiff random_tiff(RawTiff tiff, std::uint64_t seed = 1) {
  Random random(seed, RandomStream::synthetic, 11);
  tiff.values.resize(static_cast<std::size_t>(tiff.width * tiff.height * tiff.samples));
  // Runs, so that every compression finds something to do.
  std::uint16_t value = 0;
  for (std::uint16_t& sample : tiff.values) {
    if (random.below(3) > 0) value = static_cast<std::uint16_t>(random.below(1U << tiff.bits));
    sample = value;
  }
  if (tiff.color == PHOTOMETRIC_PALETTE)
    for (int i = 0; i < 1 << tiff.bits; ++i)
      tiff.palette.push_back({static_cast<std::uint8_t>(random.below(256)),
                              static_cast<std::uint8_t>(random.below(256)), static_cast<std::uint8_t>(255 - i)});
  return tiff;
}

// A file in memory, for libtiff.
struct TiffMemory {
  std::string bytes;
  std::size_t at = 0;

  static TiffMemory& of(thandle_t handle) { return *static_cast<TiffMemory*>(handle); }
  static tmsize_t read(thandle_t handle, void* to, tmsize_t count) {
    TiffMemory& memory = of(handle);
    if (memory.at > memory.bytes.size()) return 0;
    const std::size_t size = std::min(static_cast<std::size_t>(count), memory.bytes.size() - memory.at);
    std::memcpy(to, memory.bytes.data() + memory.at, size);
    memory.at += size;
    return static_cast<tmsize_t>(size);
  }
  static tmsize_t write(thandle_t handle, void* from, tmsize_t count) {
    TiffMemory& memory = of(handle);
    const auto size = static_cast<std::size_t>(count);
    if (memory.bytes.size() < memory.at + size) memory.bytes.resize(memory.at + size);
    std::memcpy(memory.bytes.data() + memory.at, from, size);
    memory.at += size;
    return count;
  }
  static toff_t seek(thandle_t handle, toff_t offset, int from) {
    TiffMemory& memory = of(handle);
    memory.at = offset + (from == SEEK_CUR ? memory.at : from == SEEK_END ? memory.bytes.size() : 0);
    return memory.at;
  }
  static int close(thandle_t) { return 0; }
  static toff_t size(thandle_t handle) { return of(handle).bytes.size(); }
  TIFF* open(const char* mode) {
    return TIFFClientOpen("memory", mode, this, read, write, seek, close, size, nullptr, nullptr);
  }
};

// The samples [from, from + count) of row y, as bytes of this machine; of one plane, or of all samples if it is -1.
inline std::string tiff_row(const RawTiff& raw, std::int64_t y, std::int64_t from, std::int64_t count, int plane) {
  std::string row;
  unsigned bits = 0, used = 0;
  for (std::int64_t x = from; x < from + count; ++x)
    for (int s = plane < 0 ? 0 : plane; s < (plane < 0 ? raw.samples : plane + 1); ++s) {
      const bool is_inside = y < raw.height && x < raw.width;
      const std::uint16_t value = is_inside ? raw.at(y, x, s) : std::uint16_t{0};
      if (raw.bits == 8) {
        row += static_cast<char>(value);
      } else if (raw.bits == 16) {
        row.append(reinterpret_cast<const char*>(&value), 2);
      } else {
        bits = bits << raw.bits | value;
        used += static_cast<unsigned>(raw.bits);
        if (used == 8) {
          row += static_cast<char>(bits);
          bits = used = 0;
        }
      }
    }
  if (used > 0) row += static_cast<char>(bits << (8 - used));
  return row;
}

inline void set_tiff_tags(TIFF* tiff, const RawTiff& raw) {
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, raw.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, raw.height);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, raw.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, raw.samples);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, raw.compression);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, raw.color);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, raw.kind);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, raw.orientation);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, raw.is_planar ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  if (raw.has_predictor) TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
  if (!raw.extra.empty())
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, static_cast<int>(raw.extra.size()), raw.extra.data());
  if (raw.color == PHOTOMETRIC_YCBCR) TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  if (raw.tile_width > 0) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, raw.tile_width);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, raw.tile_height);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, raw.strip_rows > 0 ? raw.strip_rows : raw.height);
  }
  if (raw.color == PHOTOMETRIC_PALETTE) {
    std::vector<std::uint16_t> red, green, blue;
    for (const Rgb& color : raw.palette) {
      red.push_back(static_cast<std::uint16_t>(color.r * 257));
      green.push_back(static_cast<std::uint16_t>(color.g * 257));
      blue.push_back(static_cast<std::uint16_t>(color.b * 257));
    }
    TIFFSetField(tiff, TIFFTAG_COLORMAP, red.data(), green.data(), blue.data());
  }
}

inline void write_tiff_pixels(TIFF* tiff, const RawTiff& raw, int plane) {
  const auto sample = static_cast<std::uint16_t>(plane < 0 ? 0 : plane);
  if (raw.tile_width == 0) {
    for (int y = 0; y < raw.height; ++y) {
      std::string row = tiff_row(raw, y, 0, raw.width, plane);
      TIFFWriteScanline(tiff, row.data(), static_cast<std::uint32_t>(y), sample);
    }
    return;
  }
  for (int y = 0; y < raw.height; y += raw.tile_height)
    for (int x = 0; x < raw.width; x += raw.tile_width) {
      std::string tile;
      for (int row = 0; row < raw.tile_height; ++row) tile += tiff_row(raw, y + row, x, raw.tile_width, plane);
      TIFFWriteTile(tiff, tile.data(), static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), 0, sample);
    }
}

inline Bytes make_tiff(const RawTiff& raw) {
  TiffMemory memory;
  const std::string mode = std::string("w") + (raw.is_big ? "8" : "") + (raw.is_big_endian ? "b" : "l");
  TIFF* tiff = memory.open(mode.c_str());
  set_tiff_tags(tiff, raw);
  if (raw.is_planar) {
    for (int plane = 0; plane < raw.samples; ++plane) write_tiff_pixels(tiff, raw, plane);
  } else {
    write_tiff_pixels(tiff, raw, -1);
  }
  TIFFWriteDirectory(tiff);
  for (const int kind : raw.page_kinds) {
    RawTiff page{.values = {7}};
    TIFFCreateDirectory(tiff);
    set_tiff_tags(tiff, page);
    TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, kind);
    write_tiff_pixels(tiff, page, -1);
    TIFFWriteDirectory(tiff);
  }
  TIFFClose(tiff);
  const auto* start = reinterpret_cast<const std::byte*>(memory.bytes.data());
  return {start, start + memory.bytes.size()};
}

// Of a classic little-endian file: the place of a tag's entry in the first directory (number, type, count, value).
inline std::size_t tiff_entry(const Bytes& file, unsigned tag) {
  const auto number = [&](std::size_t at, std::size_t count) {
    std::size_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 8 | std::to_integer<std::size_t>(file.at(at + i));
    return value;
  };
  const std::size_t directory = number(4, 4);
  for (std::size_t i = 0; i < number(directory, 2); ++i)
    if (number(directory + 2 + 12 * i, 2) == tag) return directory + 2 + 12 * i;
  return 0;
}

// `offset` from the entry: 2 is the type, 4 the count, 8 the value.
inline void patch_tiff(Bytes& file, unsigned tag, std::size_t offset, std::uint32_t value, std::size_t bytes = 4) {
  const std::size_t entry = tiff_entry(file, tag);
  for (std::size_t i = 0; i < bytes; ++i) file.at(entry + offset + i) = static_cast<std::byte>(value >> 8 * i & 255);
}

}  // namespace seg::testing
