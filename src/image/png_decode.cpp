// SPDX-License-Identifier: Apache-2.0
// Which way a PNG goes: the usual kinds through png_rows, the rare ones through libpng.
#include <algorithm>
#include <stdexcept>
#include <string>

#include "base/error.h"
#include "image/png.h"
#include "image/png_header.h"
#include "image/png_library.h"
#include "image/png_rows.h"

namespace seg {
namespace {

void decode_window(std::span<const std::byte> file, std::string_view where, const PngHeader& header, PngUse use,
                   const Window& window, std::byte* to) {
  if (has_png_rows(header, use)) return decode_png_rows(file, where, header, window, to);
  decode_with_libpng(file, where, header, use, window, to);
}

void require_window(const Window& window, const PngHeader& header) {
  if (!window.within(header.height, header.width)) throw std::logic_error("the window leaves the image");
}

// Some tools write class numbers with 16 bits; what fits into 8 is taken.
void decode_deep_labels(std::span<const std::byte> file, std::string_view where, const Window& window,
                        LabelMap& labels) {
  Image deep;
  decode_png(file, where, window, deep);
  labels.resize(window.height, window.width);
  for (std::int64_t y = 0; y < window.height; ++y) {
    const auto row = deep.row<std::uint16_t>(y);
    const auto large = std::ranges::find_if(row, [](std::uint16_t value) { return value > 255; });
    if (large != row.end())
      fail(std::string(where),
           "label " + std::to_string(*large) + " of 16 bits at row " + std::to_string(window.top + y) + ", column " +
               std::to_string(window.left + (large - row.begin())) + ", but class numbers have at most 8 bits",
           "save class numbers of 0 to 255 as an 8-bit gray or palette PNG");
    std::ranges::transform(row, labels.row(y).begin(),
                           [](std::uint16_t value) { return static_cast<std::uint8_t>(value); });
  }
}

}  // namespace

ImageLayout png_layout(std::span<const std::byte> file, std::string_view where) {
  return read_png_header(file, where).layout();
}

void decode_png(std::span<const std::byte> file, std::string_view where, const Window& window, Image& image) {
  const PngHeader header = read_png_header(file, where);
  require_window(window, header);
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
  require_window(window, header);
  if (header.color == PngColor::rgb || header.color == PngColor::rgba)
    fail(std::string(where), "the label is a colour image, so its pixels are no class numbers",
         "label_colors = [[r, g, b], …], a colour for each class; or save class numbers as an 8-bit gray or palette "
         "PNG");
  if (header.depth == 16) return decode_deep_labels(file, where, window, labels);
  require_plausible_size(file, where, header);
  labels.resize(window.height, window.width);
  decode_window(file, where, header, PngUse::labels, window, reinterpret_cast<std::byte*>(labels.values().data()));
}

}  // namespace seg
