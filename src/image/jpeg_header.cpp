// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_header.h"

#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "image/jpeg.h"

namespace seg {
namespace {

constexpr int kStartOfImage = 0xd8, kEndOfImage = 0xd9, kStartOfScan = 0xda, kExif = 0xe1, kTemporary = 0x01;
constexpr std::string_view kExifName("Exif\0\0", 6);

// A block of 64 samples takes a bit at least, and no sampling of the channels makes twice as many pixels of that.
constexpr std::int64_t kLargestPixelsPerByte = 8 * 64 * 2;

constexpr bool is_frame(int marker) noexcept {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}
constexpr bool stands_alone(int marker) noexcept { return marker == kTemporary || (marker >= 0xd0 && marker <= 0xd7); }

int byte_at(std::span<const std::byte> bytes, std::size_t i) { return std::to_integer<int>(bytes[i]); }
int word_at(std::span<const std::byte> bytes, std::size_t i) { return byte_at(bytes, i) << 8 | byte_at(bytes, i + 1); }

class HeaderWalk {
 public:
  HeaderWalk(std::span<const std::byte> start, std::string_view where) : rest_(start.subspan(2)), where_(where) {}

  std::optional<JpegHeader> run() {
    while (const auto marker = next_marker()) {
      if (*marker == kStartOfScan) {
        if (header_.components == 0) fail_damaged_jpeg(where_, "the JPEG is damaged: its pixels have no size");
        return header_;
      }
      if (stands_alone(*marker)) continue;
      if (*marker == 0 || *marker == kStartOfImage || *marker == kEndOfImage)
        fail_damaged_jpeg(where_, "the JPEG is damaged: its header ends before an image begins");
      const auto segment = next_segment();
      if (!segment) return std::nullopt;
      if (is_frame(*marker)) read_frame(*marker, *segment);
      if (*marker == kExif) read_exif(*segment);
    }
    return std::nullopt;
  }

 private:
  std::optional<int> next_marker() {
    if (rest_.empty()) return std::nullopt;
    if (byte_at(rest_, 0) != 0xff)
      fail_damaged_jpeg(where_, "the JPEG is damaged: there is no segment where one should be");
    while (!rest_.empty() && byte_at(rest_, 0) == 0xff) rest_ = rest_.subspan(1);
    if (rest_.empty()) return std::nullopt;
    const int marker = byte_at(rest_, 0);
    rest_ = rest_.subspan(1);
    return marker;
  }

  std::optional<std::span<const std::byte>> next_segment() {
    if (rest_.size() < 2) return std::nullopt;
    const auto length = static_cast<std::size_t>(word_at(rest_, 0));  // the length counts itself
    if (length < 2) fail_damaged_jpeg(where_, "the JPEG is damaged: a segment has no length");
    if (rest_.size() < length) return std::nullopt;
    const auto segment = rest_.subspan(2, length - 2);
    rest_ = rest_.subspan(length);
    return segment;
  }

  void read_frame(int marker, std::span<const std::byte> segment) {
    if (header_.components != 0) fail_damaged_jpeg(where_, "the JPEG is damaged: it has two sizes");
    if (segment.size() < 6) fail_damaged_jpeg(where_, "the JPEG is damaged: its size is cut off");
    const int bits = byte_at(segment, 0), components = byte_at(segment, 5);
    header_.height = word_at(segment, 1);
    header_.width = word_at(segment, 3);
    // Arithmetic coding has no least number of bits for a block, so a short file may claim any size; and libjpeg takes
    // its missing data for zeros without a word.
    const bool is_arithmetic = marker == 0xc9 || marker == 0xca, is_usual = marker <= 0xc2;
    if (is_arithmetic)
      fail(std::string(where_), "a JPEG of arithmetic coding, which this version does not read",
           "convert it to PNG, or to a baseline or progressive JPEG of 8 bits");
    if (!is_usual || bits != 8)
      fail(std::string(where_),
           is_usual ? "a JPEG of " + std::to_string(bits) + " bits a channel, which this version does not read"
                    : "a lossless or hierarchical JPEG, which this version does not read",
           "convert it to PNG, or to a baseline or progressive JPEG of 8 bits");
    if (header_.height == 0 || header_.width == 0 || components == 0)
      fail_damaged_jpeg(where_, "the JPEG is damaged: its header holds impossible values");
    if (components != 1 && components != 3 && components != 4)
      fail(std::string(where_),
           "a JPEG of " + std::to_string(components) + " channels, which this version does not read",
           "convert it to PNG, or to a gray or colour JPEG");
    header_.components = components;
    if (header_.height * header_.width > kLargestJpegPixels)
      fail(std::string(where_), "the image is too large: " + size_text(header_.width, header_.height) + " pixels",
           "cut it into tiles of at most " + std::to_string(kLargestJpegPixels >> 20) + " million pixels");
  }

  void read_exif(std::span<const std::byte> segment) {
    if (has_exif_ || segment.size() < kExifName.size()) return;
    if (std::memcmp(segment.data(), kExifName.data(), kExifName.size()) != 0) return;
    has_exif_ = true;
    header_.orientation = exif_orientation(segment.subspan(kExifName.size()));
  }

  std::span<const std::byte> rest_;
  std::string_view where_;
  JpegHeader header_;
  bool has_exif_ = false;
};

}  // namespace

ImageLayout JpegHeader::layout() const noexcept {
  ImageLayout layout{.height = height, .width = width, .channels = components == 1 ? 1 : 3, .type = PixelType::u8};
  if (orientation.swaps_sides()) std::swap(layout.height, layout.width);
  return layout;
}

std::optional<JpegHeader> read_jpeg_header(std::span<const std::byte> start, std::string_view where) {
  if (!is_jpeg(start))
    fail(std::string(where), "not a JPEG file", "save it as JPEG or PNG, or take it out of the list");
  return HeaderWalk(start, where).run();
}

JpegHeader jpeg_header_of_file(std::span<const std::byte> file, std::string_view where) {
  const auto header = read_jpeg_header(file, where);
  if (!header) fail_damaged_jpeg(where, "the JPEG is truncated: it ends within its header");
  const auto size = static_cast<std::int64_t>(file.size());
  if (header->height * header->width > kLargestPixelsPerByte * size)
    fail_damaged_jpeg(where, "the JPEG is truncated: " + std::to_string(size) + " bytes cannot hold " +
                                 size_text(header->width, header->height) + " pixels");
  return *header;
}

void fail_damaged_jpeg(std::string_view where, const std::string& what) {
  fail(std::string(where), what, "copy or save the file again, or take it out of the list");
}

}  // namespace seg
