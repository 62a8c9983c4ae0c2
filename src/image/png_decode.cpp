// SPDX-License-Identifier: Apache-2.0
// Which way a PNG goes: the usual kinds through png_rows, the rare ones through libpng.
#include <string>

#include "base/error.h"
#include "image/narrow_labels.h"
#include "image/png.h"
#include "image/png_header.h"
#include "image/png_library.h"
#include "image/png_rows.h"
#include "image/require_window.h"

namespace seg {
namespace {

void decode_window(std::span<const std::byte> file, std::string_view where, const PngHeader& header, PngUse use,
                   const Window& window, std::byte* to) {
  if (has_png_rows(header, use)) return decode_png_rows(file, where, header, window, to);
  decode_with_libpng(file, where, header, use, window, to);
}

}  // namespace

ImageLayout png_layout(std::span<const std::byte> file, std::string_view where) {
  return read_png_header(file, where).layout();
}

void decode_png(std::span<const std::byte> file, std::string_view where, const Window& window, Image& image) {
  const PngHeader header = read_png_header(file, where);
  require_window(window, header.layout());
  require_plausible_size(file, where, header);
  ImageLayout layout = header.layout();
  layout.height = window.height;
  layout.width = window.width;
  image.resize(layout);
  decode_window(file, where, header, PngUse::image, window, image.bytes().data());
}

void decode_png_labels(std::span<const std::byte> file, std::string_view where, const Window& window,
                       LabelMap& labels) {
  const PngHeader header = read_png_header(file, where);
  require_window(window, header.layout());
  if (header.color == PngColor::rgb || header.color == PngColor::rgba)
    fail(std::string(where), "the label is a colour image, so its pixels are no class numbers",
         "label_colors = [[r, g, b], …], a colour for each class; or save class numbers as an 8-bit gray or palette "
         "PNG");
  if (header.depth == 16) {
    thread_local Image deep;  // for its memory
    decode_png(file, where, window, deep);
    return narrow_labels(deep, where, window, labels);
  }
  require_plausible_size(file, where, header);
  labels.resize(window.height, window.width);
  decode_window(file, where, header, PngUse::labels, window, reinterpret_cast<std::byte*>(labels.values().data()));
}

}  // namespace seg
