// SPDX-License-Identifier: Apache-2.0
// Which way a JPEG goes: the usual kinds through jpeg_rows, the rare ones and the damaged through libjpeg.
#include <algorithm>
#include <cstring>
#include <vector>

#include "image/jpeg.h"
#include "image/jpeg_header.h"
#include "image/jpeg_library.h"
#include "image/jpeg_rows.h"
#include "image/require_window.h"

namespace seg {
namespace {

// Decodes a window of the stored image, densely.
void decode_stored(std::span<const std::byte> file, std::string_view where, const JpegHeader& header,
                   const Window& window, JpegIndex* index, std::byte* to) {
  if (!decode_jpeg_rows(file, header, window, index, to)) decode_with_libjpeg(file, where, header, window, to);
}

}  // namespace

bool is_jpeg(std::span<const std::byte> file) noexcept {
  return file.size() >= 3 && std::memcmp(file.data(), "\xff\xd8\xff", 3) == 0;
}

std::optional<ImageLayout> jpeg_layout(std::span<const std::byte> start, std::string_view where) {
  const auto header = read_jpeg_header(start, where);
  return header ? std::optional(header->layout()) : std::nullopt;
}

void decode_jpeg(std::span<const std::byte> file, std::string_view where, const Window& window, Image& image,
                 JpegIndex* index) {
  const JpegHeader header = jpeg_header_of_file(file, where);
  ImageLayout layout = header.layout();
  require_window(window, layout);
  layout.height = window.height;
  layout.width = window.width;
  image.resize(layout);
  if (layout.size_bytes() == 0) return;
  const Window stored = stored_window(header.orientation, window, header.height, header.width);
  if (header.orientation.is_upright()) return decode_stored(file, where, header, stored, index, image.bytes().data());
  thread_local std::vector<std::byte> turned;  // for its memory
  turned.resize(std::max(turned.size(), image.bytes().size()));
  decode_stored(file, where, header, stored, index, turned.data());
  turn_upright(header.orientation,
               {.bytes = std::span(turned).first(image.bytes().size()),
                .height = stored.height,
                .width = stored.width,
                .pixel_bytes = layout.channels},
               image.bytes());
}

}  // namespace seg
