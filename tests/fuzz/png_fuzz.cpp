// SPDX-License-Identifier: Apache-2.0
// What png_rows and libpng both decode must be the same; what only one of them refuses is no finding, as they do not
// check the same things. Every input is tried as it is and with right checksums, behind which little would be reached.
#include "image/png.h"

#include <zlib.h>

#include <cstdlib>
#include <cstring>

#include "base/error.h"
#include "image/png_rows.h"
#include "tests/fuzz/target.h"
#include "tests/image/png_maker.h"

namespace seg::testing {
namespace {

Bytes with_right_checksums(std::span<const std::byte> input) {
  Bytes file(input.begin(), input.end());
  for (std::size_t at = 8; file.size() >= at + 12;) {
    const std::size_t length = big_endian(file.data() + at);
    if (length > file.size() - at - 12) break;
    const std::byte* name = file.data() + at + 4;
    std::string crc;
    append_big_endian(
        crc, static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(name), static_cast<uInt>(4 + length))));
    std::memcpy(file.data() + at + 8 + length, crc.data(), 4);
    at += 12 + length;
  }
  return file;
}

void compare(std::span<const std::byte> file, const PngHeader& header, PngUse use, const Window& window) {
  if (!has_png_rows(header, use)) return;
  const ImageLayout layout = header.layout();
  const std::int64_t channels = use == PngUse::labels ? 1 : layout.channels;
  std::vector<std::byte> ours(static_cast<std::size_t>(window.height * window.width * channels)), theirs(ours.size());
  try {
    decode_png_rows(file, "fuzz", header, window, ours.data());
    decode_with_libpng(file, "fuzz", header, use, window, theirs.data());
  } catch (const UserError&) {
    return;
  }
  if (ours != theirs) std::abort();
}

void decode(std::span<const std::byte> file) {
  const PngHeader header = read_png_header(file, "fuzz");
  require_plausible_size(file, "fuzz", header);
  const Window all{.top = 0, .left = 0, .height = header.height, .width = header.width};
  const Window middle{.top = header.height / 3, .left = header.width / 3, .height = 1, .width = 1};
  for (const Window& window : {all, middle}) {
    try {
      Image image;
      decode_png(file, "fuzz", window, image);
    } catch (const UserError&) {  // the same file may still be read as labels
    }
    for (const PngUse use : {PngUse::image, PngUse::labels}) {
      const bool is_color = header.color == PngColor::rgb || header.color == PngColor::rgba;
      if (use == PngUse::image || !is_color) compare(file, header, use, window);
    }
    LabelMap labels;
    decode_png_labels(file, "fuzz", window, labels);
  }
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (const int color : {kPngGray, kPngRgb, kPngPalette, kPngGrayAlpha, kPngRgba})
    for (const int depth : {8, color == kPngPalette ? 4 : 16})
      for (const bool interlaced : {false, true})
        for (const int level : {0, 9}) {
          RawPng png = random_png(7, 9, depth, color, interlaced);
          png.level = level;
          png.chunk_bytes = 40;
          seeds.push_back(as_text(make_png(png)));
        }
  seeds.push_back(as_text(make_png(random_png(70, 40, 8, kPngGray))));
  return seeds;
}

void fuzz(std::string_view input) {
  const auto file = as_bytes(input);
  if (is_png(file)) {
    try {
      decode(with_right_checksums(file));
    } catch (const UserError&) {
    }
  }
  decode(file);
}

}  // namespace seg::testing
