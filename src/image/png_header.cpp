// SPDX-License-Identifier: Apache-2.0
#include "image/png_header.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"
#include "base/text.h"
#include "image/png.h"

namespace seg {
namespace {

constexpr std::array<unsigned char, 8> kSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr std::int64_t kLargestDeflateRatio = 1032;  // 258 bytes from 2 bits

bool valid_depth(int color, int depth) noexcept {
  switch (PngColor{static_cast<std::uint8_t>(color)}) {
    case PngColor::gray: return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case PngColor::palette: return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case PngColor::rgb:
    case PngColor::gray_alpha:
    case PngColor::rgba: return depth == 8 || depth == 16;
  }
  return false;
}

}  // namespace

int PngHeader::samples() const noexcept {
  switch (color) {
    case PngColor::rgb: return 3;
    case PngColor::gray_alpha: return 2;
    case PngColor::rgba: return 4;
    case PngColor::gray:
    case PngColor::palette: break;
  }
  return 1;
}

ImageLayout PngHeader::layout() const noexcept {
  const bool one = color == PngColor::gray || color == PngColor::gray_alpha;
  return {height, width, one ? 1 : 3, depth == 16 ? PixelType::u16 : PixelType::u8};
}

bool is_png(std::span<const std::byte> file) noexcept {
  return file.size() >= kSignature.size() && std::memcmp(file.data(), kSignature.data(), kSignature.size()) == 0;
}

PngHeader read_png_header(std::span<const std::byte> file, std::string_view where) {
  if (!is_png(file)) fail(std::string(where), "not a PNG file", "save it as PNG, or take it out of the list");
  if (file.size() < kPngHeaderBytes)
    fail(std::string(where), "the PNG is truncated: it ends within its header", kDamagedPngRemedy);
  const std::byte* chunk = file.data() + 8;
  const std::uint32_t crc = crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(chunk + 4), 4 + 13);
  if (big_endian(chunk) != 13 || std::memcmp(chunk + 4, "IHDR", 4) != 0 || crc != big_endian(chunk + 21))
    fail(std::string(where), "the PNG is damaged: its header does not match its checksum", kDamagedPngRemedy);
  const int depth = std::to_integer<int>(chunk[16]), color = std::to_integer<int>(chunk[17]);
  PngHeader header{.width = big_endian(chunk + 8), .height = big_endian(chunk + 12), .depth = depth};
  header.interlaced = chunk[20] == std::byte{1};
  const bool known_methods = chunk[18] == std::byte{0} && chunk[19] == std::byte{0} && chunk[20] <= std::byte{1};
  if (header.width == 0 || header.height == 0 || !valid_depth(color, depth) || !known_methods)
    fail(std::string(where), "the PNG is damaged: its header holds impossible values", kDamagedPngRemedy);
  header.color = PngColor{static_cast<std::uint8_t>(color)};
  if (header.width > kLargestPngSide || header.height > kLargestPngSide ||
      header.width * header.height > kLargestPngPixels)
    fail(std::string(where), "the image is too large: " + size_text(header.width, header.height) + " pixels",
         "cut it into tiles of at most " + std::to_string(kLargestPngPixels >> 20) + " million pixels");
  return header;
}

void require_plausible_size(std::span<const std::byte> file, std::string_view where, const PngHeader& header) {
  const std::int64_t filtered = header.height * (1 + header.row_bytes());
  if (filtered > kLargestDeflateRatio * static_cast<std::int64_t>(file.size()))
    fail(std::string(where),
         "the PNG is truncated: " + std::to_string(file.size()) + " bytes cannot hold " +
             size_text(header.width, header.height) + " pixels",
         kDamagedPngRemedy);
}

std::uint32_t big_endian(const std::byte* bytes) noexcept {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return value;
}

}  // namespace seg
