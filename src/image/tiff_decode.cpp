// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "image/narrow_labels.h"
#include "image/require_window.h"
#include "image/tiff.h"
#include "image/tiff_reader.h"

namespace seg {
namespace {

constexpr int kStored = 1;  // the compression that is none

// Samples [first, first + count) of a row as the file holds them.
struct StoredRow {
  const std::byte* bytes = nullptr;
  std::int64_t first = 0, count = 0;  // pixels
  int plane = 0;
};

// The kept samples of a window, dense: a byte each, or two. Samples of 1, 2 or 4 bits become a byte, unscaled.
class SampleWindow {
 public:
  SampleWindow(const TiffDirectory& directory, const Window& window, std::span<std::byte> to)
      : directory_(directory), window_(window), to_(to) {}

  std::int64_t pixel_bytes() const noexcept { return num_channels() * sample_bytes(); }

  // Row y of the window; pixel `column` of the window is the first of `row`.
  void put(const StoredRow& row, std::int64_t y, std::int64_t column) const {
    std::byte* to = to_.data() + (y * window_.width + column) * pixel_bytes();
    if (directory_.bits < 8) return unpack(row, to);
    if (sample_bytes() == 1)
      copy<1>(row, to);
    else
      copy<2>(row, to);
  }

  // The place among the channels of the sample that a plane holds; nothing if it is alpha.
  bool keeps(int plane) const { return std::ranges::count(directory_.channels, plane) > 0; }

 private:
  std::int64_t sample_bytes() const noexcept { return directory_.bits == 16 ? 2 : 1; }
  std::int64_t num_channels() const noexcept { return static_cast<std::int64_t>(directory_.channels.size()); }

  template <std::int64_t kBytes>
  void copy(const StoredRow& row, std::byte* to) const {
    if (directory_.is_planar) {
      const auto place = std::ranges::find(directory_.channels, row.plane) - directory_.channels.begin();
      return copy_sample<kBytes>(row.bytes + row.first * kBytes, kBytes, row.count, to + place * kBytes);
    }
    const std::int64_t step = directory_.samples * kBytes;
    const std::byte* from = row.bytes + row.first * step;
    if (num_channels() == directory_.samples) {
      std::memcpy(to, from, static_cast<std::size_t>(row.count * step));
      return;
    }
    for (std::int64_t c = 0; c < num_channels(); ++c)
      copy_sample<kBytes>(from + directory_.channels[static_cast<std::size_t>(c)] * kBytes, step, row.count,
                          to + c * kBytes);
  }

  template <std::int64_t kBytes>
  void copy_sample(const std::byte* from, std::int64_t step, std::int64_t count, std::byte* to) const {
    const std::int64_t to_step = pixel_bytes();
    for (std::int64_t i = 0; i < count; ++i, from += step, to += to_step) std::memcpy(to, from, kBytes);
  }

  // One sample a pixel; the first of a byte lies in its highest bits.
  void unpack(const StoredRow& row, std::byte* to) const {
    const std::int64_t per_byte = 8 / directory_.bits;
    const unsigned mask = (1U << directory_.bits) - 1;
    for (std::int64_t i = row.first; i < row.first + row.count; ++i) {
      const auto shift = static_cast<unsigned>((per_byte - 1 - i % per_byte) * directory_.bits);
      *to++ = static_cast<std::byte>(std::to_integer<unsigned>(row.bytes[i / per_byte]) >> shift & mask);
    }
  }

  const TiffDirectory& directory_;
  const Window& window_;
  std::span<std::byte> to_;
};

void read_strips(TiffReader& reader, const TiffDirectory& directory, const Window& window, const SampleWindow& samples,
                 int plane) {
  static thread_local std::vector<std::byte> row;  // for its memory
  row.resize(reader.row_bytes());
  const std::int64_t before = directory.compression == kStored ? 0 : window.top % directory.strip_rows;
  for (std::int64_t y = window.top - before; y < window.top + window.height; ++y) {
    reader.read_row(y, plane, row);
    if (y >= window.top)
      samples.put({.bytes = row.data(), .first = window.left, .count = window.width, .plane = plane}, y - window.top,
                  0);
  }
}

void read_tiles(TiffReader& reader, const TiffDirectory& directory, const Window& window, const SampleWindow& samples,
                int plane) {
  static thread_local std::vector<std::byte> tile;  // for its memory
  tile.resize(reader.tile_bytes());
  const std::int64_t tile_height = directory.tile_height, tile_width = directory.tile_width;
  const std::int64_t bottom = window.top + window.height, right = window.left + window.width;
  for (std::int64_t y = window.top - window.top % tile_height; y < bottom; y += tile_height)
    for (std::int64_t x = window.left - window.left % tile_width; x < right; x += tile_width) {
      reader.read_tile(y, x, plane, tile);
      const std::int64_t left = std::max(x, window.left), count = std::min(x + tile_width, right) - left;
      for (std::int64_t row = std::max(y, window.top); row < std::min(y + tile_height, bottom); ++row)
        samples.put({.bytes = tile.data() + static_cast<std::size_t>(row - y) * reader.tile_row_bytes(),
                     .first = left - x,
                     .count = count,
                     .plane = plane},
                    row - window.top, left - window.left);
    }
}

// The kept samples of a window of the upright image, turned so; `to` has room for them.
void read_samples(TiffReader& reader, const TiffDirectory& directory, const Window& upright, std::span<std::byte> to) {
  const Window window = stored_window(directory.orientation, upright, directory.height, directory.width);
  std::vector<std::byte> turned;
  if (!directory.orientation.is_upright()) turned.resize(to.size());
  const SampleWindow samples(directory, window, turned.empty() ? to : std::span(turned));
  for (int plane = 0; plane < (directory.is_planar ? directory.samples : 1); ++plane) {
    if (directory.is_planar && !samples.keeps(plane)) continue;
    (directory.is_tiled ? read_tiles : read_strips)(reader, directory, window, samples, plane);
  }
  if (!turned.empty())
    turn_upright(
        directory.orientation,
        {.bytes = turned, .height = window.height, .width = window.width, .pixel_bytes = samples.pixel_bytes()}, to);
}

// Where white is 0, turns values round; `largest` is that of a sample.
void turn_white(std::span<std::byte> samples, int bits) {
  if (bits < 8) {
    const auto largest = static_cast<std::byte>((1 << bits) - 1);
    for (std::byte& value : samples) value ^= largest;
    return;
  }
  for (std::byte& value : samples) value = ~value;
}

void color_pixels(std::span<const std::byte> indices, const std::vector<Rgb>& palette, std::byte* to) {
  for (const std::byte index : indices) {
    const Rgb color = palette[std::to_integer<std::size_t>(index)];
    *to++ = std::byte{color.r};
    *to++ = std::byte{color.g};
    *to++ = std::byte{color.b};
  }
}

// Of one channel or several, as the file holds them.
void decode_channels(std::span<const std::byte> file, std::string_view where, const TiffDirectory& directory,
                     const Window& window, std::span<std::byte> to) {
  if (to.empty()) return;
  TiffReader reader(file, where, directory);
  read_samples(reader, directory, window, to);
  if (directory.color == TiffColor::white_is_zero) turn_white(to, directory.bits);
}

void require_label(const TiffDirectory& directory, std::string_view where) {
  if (directory.changes_values())
    fail(std::string(where),
         "the label is a TIFF of JPEG compression, which changes values: its pixels are no class numbers",
         "export the labels again without compression, or with LZW or deflate; saving these again keeps the wrong "
         "values");
}

}  // namespace

ImageLayout tiff_layout(std::span<const std::byte> file, std::string_view where) {
  return read_tiff_directory(file, where).layout();
}

ImageLayout tiff_label_layout(std::span<const std::byte> file, std::string_view where) {
  const TiffDirectory directory = read_tiff_directory(file, where, TiffUse::label);
  require_label(directory, where);
  return directory.layout();
}

void decode_tiff(std::span<const std::byte> file, std::string_view where, const Window& window, Image& image) {
  const TiffDirectory directory = read_tiff_directory(file, where);
  ImageLayout layout = directory.layout();
  require_window(window, layout);
  layout.height = window.height;
  layout.width = window.width;
  image.resize(layout);
  if (layout.size_bytes() == 0) return;
  if (directory.color == TiffColor::palette) {
    std::vector<std::byte> indices(static_cast<std::size_t>(window.height * window.width));
    TiffReader reader(file, where, directory);
    read_samples(reader, directory, window, indices);
    return color_pixels(indices, reader.palette(), image.bytes().data());
  }
  decode_channels(file, where, directory, window, image.bytes());
  if (directory.bits < 8) {
    const int step = 255 / ((1 << directory.bits) - 1);
    for (std::byte& value : image.bytes()) value = static_cast<std::byte>(std::to_integer<int>(value) * step);
  }
}

void decode_tiff_labels(std::span<const std::byte> file, std::string_view where, const Window& window,
                        LabelMap& labels) {
  const TiffDirectory directory = read_tiff_directory(file, where, TiffUse::label);
  require_window(window, directory.layout());
  require_label(directory, where);
  if (directory.channels.size() == 3)
    fail(std::string(where), "the label is a colour image, so its pixels are no class numbers",
         "label_colors = [[r, g, b], …], a colour for each class; or save class numbers as an 8-bit gray or palette "
         "TIFF");
  if (directory.channels.size() != 1)
    fail(std::string(where),
         "the label has " + std::to_string(directory.channels.size()) + " channels, so its pixels are no class numbers",
         "save class numbers as a TIFF or PNG of one channel");
  if (directory.bits == 16) {
    thread_local Image deep;  // for its memory
    decode_tiff(file, where, window, deep);
    return narrow_labels(deep, where, window, labels);
  }
  labels.resize(window.height, window.width);
  decode_channels(file, where, directory, window, std::as_writable_bytes(labels.values()));
}

}  // namespace seg
