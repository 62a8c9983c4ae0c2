// SPDX-License-Identifier: Apache-2.0
// JPEG files of every kind for tests, by libjpeg's encoder; and EXIF data, written from its specification.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <jpeglib.h>

#include "base/file.h"
#include "base/random.h"
#include "image/image.h"
#include "tests/image/png_maker.h"

namespace seg::testing {

struct JpegRecipe {
  J_COLOR_SPACE stored = JCS_YCbCr;  // gray: JCS_GRAYSCALE; four channels: JCS_CMYK or JCS_YCCK
  int quality = 95;
  int across = 1, down = 1;  // pixels of luma for one of chroma
  bool is_progressive = false, is_arithmetic = false, has_scan_for_each_channel = false;
  int restart_rows = 0, restart_units = 0;
  bool has_own_codes = false;     // made for this image, not the usual ones
  std::string exif = {};          // what follows "Exif\0\0"
  std::size_t profile_bytes = 0;  // in segments before the pixels
};

inline std::string number_text(std::uint32_t value, int bytes, bool is_little) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * (is_little ? i : bytes - 1 - i) & 255);
  return text;
}

// With a tag before the orientation and one after it.
inline std::string exif_text(int orientation, bool is_little, int type = 3) {
  const auto number = [&](std::uint32_t value, int bytes) { return number_text(value, bytes, is_little); };
  const auto entry = [&](std::uint32_t tag, int kind, std::uint32_t value) {
    std::string text = number(tag, 2) + number(static_cast<std::uint32_t>(kind), 2) + number(1, 4);
    text += kind == 3 ? number(value, 2) + std::string(2, '\0') : number(value, 4);
    return text;
  };
  std::string text = (is_little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(3, 2);
  text += entry(0x0100, 4, 77) + entry(0x0112, type, static_cast<std::uint32_t>(orientation)) + entry(0x0128, 3, 2);
  return text + number(0, 4);
}

// Of 8-bit pixels with as many channels as `stored` has; CMYK is stored as it is given, with Adobe's marker.
inline Bytes make_jpeg(const Image& pixels, const JpegRecipe& recipe = {}) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &buffer, &size);
  info.image_height = static_cast<JDIMENSION>(pixels.height());
  info.image_width = static_cast<JDIMENSION>(pixels.width());
  info.input_components = static_cast<int>(pixels.channels());
  info.in_color_space = pixels.channels() == 1 ? JCS_GRAYSCALE : pixels.channels() == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, recipe.stored);
  jpeg_set_quality(&info, recipe.quality, TRUE);
  info.comp_info[0].h_samp_factor = recipe.across;
  info.comp_info[0].v_samp_factor = recipe.down;
  info.restart_in_rows = recipe.restart_rows;
  info.restart_interval = static_cast<unsigned>(recipe.restart_units);
  info.optimize_coding = recipe.has_own_codes ? TRUE : FALSE;
  info.arith_code = recipe.is_arithmetic ? TRUE : FALSE;
  std::vector<jpeg_scan_info> scans;
  if (recipe.is_progressive) jpeg_simple_progression(&info);
  if (recipe.has_scan_for_each_channel) {
    for (int c = 0; c < info.num_components; ++c)
      scans.push_back({.comps_in_scan = 1, .component_index = {c, 0, 0, 0}, .Ss = 0, .Se = 63, .Ah = 0, .Al = 0});
    info.scan_info = scans.data();
    info.num_scans = static_cast<int>(scans.size());
  }
  jpeg_start_compress(&info, TRUE);
  const auto write_marker = [&](int marker, const std::string& text) {
    jpeg_write_marker(&info, marker, reinterpret_cast<const JOCTET*>(text.data()),
                      static_cast<unsigned int>(text.size()));
  };
  for (std::size_t left = recipe.profile_bytes; left > 0; left -= std::min<std::size_t>(left, 60000))
    write_marker(JPEG_APP0 + 2, std::string(std::min<std::size_t>(left, 60000), 'p'));
  if (!recipe.exif.empty()) write_marker(JPEG_APP0 + 1, std::string("Exif\0\0", 6) + recipe.exif);
  for (std::int64_t y = 0; y < pixels.height(); ++y) {
    JSAMPROW row = const_cast<JSAMPROW>(pixels.row<std::uint8_t>(y).data());
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  const auto* start = reinterpret_cast<const std::byte*>(buffer);
  Bytes file(start, start + size);
  std::free(buffer);
  return file;
}

inline Image flat_image(std::int64_t height, std::int64_t width, const std::vector<int>& color) {
  Image image({height, width, static_cast<std::int64_t>(color.size()), PixelType::u8});
  std::size_t i = 0;
  for (std::byte& byte : image.bytes()) byte = static_cast<std::byte>(color[i++ % color.size()]);
  return image;
}

// Smooth, and different in every channel, row and column.
inline Image gradient_image(std::int64_t height, std::int64_t width, std::int64_t channels) {
  Image image({height, width, channels, PixelType::u8});
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < channels; ++c)
        image.row<std::uint8_t>(y)[static_cast<std::size_t>(x * channels + c)] =
            static_cast<std::uint8_t>(40 + 30 * c + 80 * x / width + (c == 1 ? -30 : 60) * y / height);
  return image;
}

// Busy: every block has coefficients of all frequencies.
inline Image noise_image(std::int64_t height, std::int64_t width, std::int64_t channels, std::uint64_t seed = 1) {
  Image image({height, width, channels, PixelType::u8});
  Random random(seed, RandomStream::synthetic, 7);
  for (std::byte& byte : image.bytes()) byte = static_cast<std::byte>(64 + random.below(128));
  return image;
}

}  // namespace seg::testing
