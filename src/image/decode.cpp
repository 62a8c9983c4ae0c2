// SPDX-License-Identifier: Apache-2.0
#include "image/decode.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "image/jpeg.h"
#include "image/jpeg_header.h"
#include "image/jpeg_rows.h"
#include "image/png.h"
#include "image/png_rows.h"
#include "image/tiff.h"

namespace seg {
namespace {

struct Mark {
  ImageFormat format;
  std::size_t offset;
  std::string_view bytes;
};
using namespace std::string_view_literals;
constexpr Mark kMarks[] = {
    {ImageFormat::png, 0, "\x89PNG\r\n\x1a\n"sv},
    {ImageFormat::jpeg, 0, "\xff\xd8\xff"sv},
    {ImageFormat::tiff, 0, "II*\0"sv},
    {ImageFormat::tiff, 0, "MM\0*"sv},
    {ImageFormat::tiff, 0, "II+\0"sv},
    {ImageFormat::tiff, 0, "MM\0+"sv},
    {ImageFormat::bmp, 0, "BM"sv},
    {ImageFormat::gif, 0, "GIF8"sv},
    {ImageFormat::webp, 8, "WEBP"sv},
    {ImageFormat::hdf5, 0, "\x89HDF\r\n\x1a\n"sv},
    {ImageFormat::numpy, 0, "\x93NUMPY"sv},
};

bool is_text(std::string_view start) noexcept {
  return std::ranges::all_of(start,
                             [](char c) { return (c >= ' ' && c != 127) || c == '\n' || c == '\r' || c == '\t'; });
}

[[noreturn]] void refuse(ImageFormat format, std::string_view where) {
  if (format == ImageFormat::unknown)
    fail(std::string(where), "not an image of a known format",
         "save it as PNG, JPEG or TIFF, or take it out of the list");
  if (format == ImageFormat::text)
    fail(std::string(where), "a text file where an image was expected",
         "look into it: a list, a web page or a pointer of git-lfs instead of the image?");
  fail(std::string(where), "a " + std::string(name_of(format)) + " file, which this version does not read",
       "convert it to PNG");
}

// One that is_supported().
ImageFormat readable_format(std::span<const std::byte> file, std::string_view where) {
  if (file.empty()) fail(std::string(where), "the file is empty", "copy or save the file again");
  const ImageFormat format = format_of(file);
  if (!is_supported(format)) refuse(format, where);
  return format;
}

// PNG or TIFF.
ImageFormat label_format(std::span<const std::byte> file, std::string_view where) {
  const ImageFormat format = readable_format(file, where);
  if (format == ImageFormat::jpeg)
    fail(std::string(where), "the label is a JPEG, whose compression changes values: its pixels are no class numbers",
         "export the labels again as PNG; a JPEG that is saved as PNG keeps the wrong values");
  return format;
}

}  // namespace

ImageFormat format_of(std::span<const std::byte> file) noexcept {
  const std::string_view start(reinterpret_cast<const char*>(file.data()), std::min<std::size_t>(file.size(), 64));
  for (const Mark& mark : kMarks)
    if (start.size() >= mark.offset && start.substr(mark.offset).starts_with(mark.bytes)) return mark.format;
  if (start.size() > 2 && start[0] == 'P' && start[1] >= '1' && start[1] <= '7' && start[2] <= ' ')
    return ImageFormat::pnm;
  return !start.empty() && is_text(start) ? ImageFormat::text : ImageFormat::unknown;
}

bool is_supported(ImageFormat format) noexcept {
  return format == ImageFormat::png || format == ImageFormat::jpeg || format == ImageFormat::tiff;
}

std::string_view name_of(ImageFormat format) noexcept {
  switch (format) {
    case ImageFormat::png: return "PNG";
    case ImageFormat::jpeg: return "JPEG";
    case ImageFormat::tiff: return "TIFF";
    case ImageFormat::bmp: return "BMP";
    case ImageFormat::gif: return "GIF";
    case ImageFormat::webp: return "WebP";
    case ImageFormat::pnm: return "PNM";
    case ImageFormat::hdf5: return "HDF5";
    case ImageFormat::numpy: return "NumPy";
    case ImageFormat::text: return "text";
    case ImageFormat::unknown: break;
  }
  return "unknown";
}

std::int64_t decoder_bytes(ImageFormat format, const ImageLayout& layout) noexcept {
  if (format == ImageFormat::png) return png_rows_bytes(layout);
  // Beside its rows: an image that is yet to be turned upright.
  return format == ImageFormat::jpeg ? jpeg_rows_bytes(layout.width) + layout.size_bytes() : 0;
}

bool has_end(ImageFormat format, std::span<const std::byte> file_end) noexcept {
  constexpr std::string_view kPngEnd = "\0\0\0\0IEND\xae\x42\x60\x82"sv, kJpegEnd = "\xff\xd9"sv;
  const std::string_view end(reinterpret_cast<const char*>(file_end.data()), file_end.size());
  if (format == ImageFormat::tiff) return true;
  if (format == ImageFormat::png) return end.find(kPngEnd) != std::string_view::npos;
  return format == ImageFormat::jpeg && end.find(kJpegEnd) != std::string_view::npos;
}

std::optional<ImageLayout> layout_of_start(std::span<const std::byte> start, std::string_view where) {
  switch (readable_format(start, where)) {
    case ImageFormat::jpeg: return jpeg_layout(start, where);
    case ImageFormat::tiff: return std::nullopt;
    default: return png_layout(start, where);
  }
}

ImageLayout image_layout(std::span<const std::byte> file, std::string_view where) {
  switch (readable_format(file, where)) {
    case ImageFormat::jpeg: return jpeg_header_of_file(file, where).layout();
    case ImageFormat::tiff: return tiff_layout(file, where);
    default: return png_layout(file, where);
  }
}

ImageLayout label_layout(std::span<const std::byte> file, std::string_view where) {
  return label_format(file, where) == ImageFormat::tiff ? tiff_label_layout(file, where) : png_layout(file, where);
}

void decode_image(std::span<const std::byte> file, std::string_view where, const Window& window, Image& image,
                  JpegIndex* known) {
  switch (readable_format(file, where)) {
    case ImageFormat::jpeg: return decode_jpeg(file, where, window, image, known);
    case ImageFormat::tiff: return decode_tiff(file, where, window, image);
    default: return decode_png(file, where, window, image);
  }
}

void decode_labels(std::span<const std::byte> file, std::string_view where, const Window& window, LabelMap& labels) {
  if (label_format(file, where) == ImageFormat::tiff) return decode_tiff_labels(file, where, window, labels);
  decode_png_labels(file, where, window, labels);
}

}  // namespace seg
