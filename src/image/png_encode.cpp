// SPDX-License-Identifier: Apache-2.0
// Writing PNG. As in reading, what owns memory stays outside of the bodies that libpng may leave by longjmp.
#include <png.h>

#include <bit>
#include <csetjmp>
#include <cstring>
#include <stdexcept>

#include "image/png.h"

namespace seg {
namespace {

struct Output {
  Bytes bytes;
  char message[160] = {};
};

extern "C" {

void write_output(png_structp png, png_bytep from, png_size_t count) {
  auto* output = static_cast<Output*>(png_get_io_ptr(png));
  bool full = false;
  try {
    const auto* data = reinterpret_cast<const std::byte*>(from);
    output->bytes.insert(output->bytes.end(), data, data + count);
  } catch (const std::bad_alloc&) {
    full = true;  // no exception may cross libpng's frames, no longjmp may leave a handler
  }
  if (full) png_error(png, "out of memory");
}

void flush_output(png_structp) {}

[[noreturn]] void on_write_error(png_structp png, png_const_charp message) {
  auto* output = static_cast<Output*>(png_get_error_ptr(png));
  std::strncpy(output->message, message, sizeof output->message - 1);
  png_longjmp(png, 1);
}

void on_write_warning(png_structp, png_const_charp) {}

}  // extern "C"

struct Picture {
  std::int64_t height, width;
  int depth, color;
  std::size_t row_bytes;
  const std::byte* rows;
  std::span<const Rgb> palette;
  int level;
};

void write_all(png_structp png, png_infop info, const Picture& picture) {
  png_set_compression_level(png, picture.level);
  png_set_check_for_invalid_index(png, 0);  // label values need no colour in the palette
  png_set_IHDR(png, info, static_cast<png_uint_32>(picture.width), static_cast<png_uint_32>(picture.height),
               picture.depth, picture.color, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!picture.palette.empty()) {
    png_color colors[PNG_MAX_PALETTE_LENGTH];
    for (std::size_t i = 0; i < picture.palette.size(); ++i)
      colors[i] = {picture.palette[i].r, picture.palette[i].g, picture.palette[i].b};
    png_set_PLTE(png, info, colors, static_cast<int>(picture.palette.size()));
  }
  png_write_info(png, info);
  if (picture.depth == 16 && std::endian::native == std::endian::little) png_set_swap(png);
  for (std::int64_t y = 0; y < picture.height; ++y)
    png_write_row(png,
                  reinterpret_cast<png_const_bytep>(picture.rows + static_cast<std::size_t>(y) * picture.row_bytes));
  png_write_end(png, nullptr);
}

bool guarded_write(png_structp png, png_infop info, const Picture& picture) {
  if (setjmp(png_jmpbuf(png))) return false;
  write_all(png, info, picture);
  return true;
}

Bytes encode(const Picture& picture) {
  if (picture.height < 1 || picture.width < 1 || picture.level < 0 || picture.level > 9 ||
      picture.palette.size() > PNG_MAX_PALETTE_LENGTH)
    throw std::logic_error("no PNG can hold this picture");
  Output output;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &output, on_write_error, on_write_warning);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  if (info == nullptr) {
    png_destroy_write_struct(&png, nullptr);
    throw std::bad_alloc();
  }
  png_set_write_fn(png, &output, write_output, flush_output);
  const bool good = guarded_write(png, info, picture);
  png_destroy_write_struct(&png, &info);
  if (!good) throw std::runtime_error(std::string("libpng cannot write: ") + output.message);
  return std::move(output.bytes);
}

void write_bytes(const std::filesystem::path& path, const Bytes& bytes) {
  AtomicFile file(path);
  file.write(std::span<const std::byte>(bytes));
  file.commit();
}

}  // namespace

Bytes encode_png(const Image& image, PngEncoding encoding) {
  if (image.channels() != 1 && image.channels() != 3) throw std::logic_error("a PNG image has 1 or 3 channels");
  return encode({.height = image.height(),
                 .width = image.width(),
                 .depth = image.type() == PixelType::u16 ? 16 : 8,
                 .color = image.channels() == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY,
                 .row_bytes = static_cast<std::size_t>(image.layout().row_bytes()),
                 .rows = image.bytes().data(),
                 .palette = {},
                 .level = encoding.level});
}

Bytes encode_png(const LabelMap& labels, std::span<const Rgb> palette, PngEncoding encoding) {
  return encode({.height = labels.height(),
                 .width = labels.width(),
                 .depth = 8,
                 .color = palette.empty() ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_PALETTE,
                 .row_bytes = static_cast<std::size_t>(labels.width()),
                 .rows = reinterpret_cast<const std::byte*>(labels.values().data()),
                 .palette = palette,
                 .level = encoding.level});
}

void write_png(const std::filesystem::path& path, const Image& image, PngEncoding encoding) {
  write_bytes(path, encode_png(image, encoding));
}

void write_png(const std::filesystem::path& path, const LabelMap& labels, std::span<const Rgb> palette,
               PngEncoding encoding) {
  write_bytes(path, encode_png(labels, palette, encoding));
}

}  // namespace seg
