// SPDX-License-Identifier: Apache-2.0
// PNG files. Those of 8 bits that are not interlaced are decoded by image/png_rows.h, others (and colours of a palette)
// by libpng, several times slower.
//
// Images decode to what they hold: 1, 2 or 4 bit gray is scaled to 8 bits; 8 and 16 bits stay; a palette becomes RGB;
// alpha (a channel or tRNS) is dropped and no gamma or colour profile is applied. So there are 1 or 3 channels.
// Labels decode to raw indices: of the palette, or of gray, unscaled (a 2-bit 3 is 3, not 255); of 16 bits if no value
// is above 255.
//
// Only the window ends up in memory: decoding stops after its last row, so the rest of the file is then not checked
// (chunks of pixels that were begun are, by their CRC); a window that reaches the last row checks the whole file (CRC
// and Adler-32). Interlaced files are decoded whole.
// Functions are thread-safe; the outputs are reused without allocating if they are large enough.
// UserError names `where` (the path) for what is no PNG, truncated, damaged, too large or no label.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/file.h"
#include "image/color.h"
#include "image/image.h"

namespace seg {

// Refused beyond this, before any memory is taken.
inline constexpr std::int64_t kLargestPngSide = 65535;
inline constexpr std::int64_t kLargestPngPixels = std::int64_t{1} << 28;

bool is_png(std::span<const std::byte> file) noexcept;

// From the header alone, so the first 33 bytes of the file are enough; what decode_png() of the whole image gives.
ImageLayout png_layout(std::span<const std::byte> file, std::string_view where);

void decode_png(std::span<const std::byte> file, std::string_view where, const Window& window, Image& image);
void decode_png_labels(std::span<const std::byte> file, std::string_view where, const Window& window, LabelMap& labels);

struct PngEncoding {
  int level = 6;  // of zlib: 0 (stored) to 9 (smallest)
};

Bytes encode_png(const Image& image, PngEncoding encoding = {});  // 1 or 3 channels
// With a palette (up to 256 colours), viewers show colours while the values stay raw indices; without, 8-bit gray.
Bytes encode_png(const LabelMap& labels, std::span<const Rgb> palette = {}, PngEncoding encoding = {});

// The same, to a file that appears whole or not at all.
void write_png(const std::filesystem::path& path, const Image& image, PngEncoding encoding = {});
void write_png(const std::filesystem::path& path, const LabelMap& labels, std::span<const Rgb> palette = {},
               PngEncoding encoding = {});

}  // namespace seg
