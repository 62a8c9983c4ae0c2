// SPDX-License-Identifier: Apache-2.0
#include "image/png_chunks.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <string>

#include "base/error.h"

namespace seg {
namespace {

constexpr std::uint32_t name_of(const char (&letters)[5]) noexcept {
  std::uint32_t name = 0;
  for (int i = 0; i < 4; ++i) name = name << 8 | static_cast<unsigned char>(letters[i]);
  return name;
}
constexpr std::uint32_t kPalette = name_of("PLTE"), kPixels = name_of("IDAT"), kEnd = name_of("IEND");
constexpr std::size_t kAround = 4 + 4 + 4;  // length, name and checksum
constexpr std::size_t kLargestPalette = 256 * 3;

std::string text_of(std::uint32_t name) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(name >> shift & 255);
  return text;
}

bool is_name(std::uint32_t name) {
  return std::ranges::all_of(text_of(name), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
}

// A lower-case first letter says that a program may ignore the chunk.
bool is_needed(std::uint32_t name) noexcept { return (name >> 24 & 0x20) == 0; }

}  // namespace

PngChunks::PngChunks(std::span<const std::byte> file, std::string_view where, const PngHeader& header)
    : file_(file), where_(where), needs_palette_(header.color == PngColor::palette) {}

PngChunks::Chunk PngChunks::next() {
  const std::size_t rest = file_.size() - at_;
  const std::size_t length = rest >= kAround ? big_endian(file_.data() + at_) : 0;
  if (rest < kAround || length > rest - kAround)
    fail(std::string(where_), "the PNG is truncated: it ends before its image does", kDamagedPngRemedy);
  const Chunk chunk{.name = big_endian(file_.data() + at_ + 4), .at = at_, .content = file_.subspan(at_ + 8, length)};
  if (!is_name(chunk.name))
    fail(std::string(where_), "the PNG is damaged: no chunk begins at its byte " + std::to_string(at_),
         kDamagedPngRemedy);
  if (is_needed(chunk.name)) require_checksum(chunk);
  at_ += kAround + length;
  return chunk;
}

void PngChunks::require_checksum(const Chunk& chunk) const {
  const std::byte* name = file_.data() + chunk.at + 4;
  const std::size_t size = 4 + chunk.content.size();
  if (crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(name), size) != big_endian(name + size))
    fail(std::string(where_),
         "the PNG is damaged: its chunk " + text_of(chunk.name) + " at byte " + std::to_string(chunk.at) +
             " does not match its checksum",
         kDamagedPngRemedy);
}

void PngChunks::accept(const Chunk& chunk) {
  if (!is_needed(chunk.name)) return;
  if (chunk.name != kPalette || began_)
    fail(std::string(where_),
         "the PNG is damaged: its chunk " + text_of(chunk.name) + " at byte " + std::to_string(chunk.at) +
             " has no place there",
         kDamagedPngRemedy);
  const std::size_t size = chunk.content.size();
  if (size == 0 || size > kLargestPalette || size % 3 != 0)
    fail(std::string(where_), "the PNG is damaged: its palette has an impossible size", kDamagedPngRemedy);
  needs_palette_ = false;
}

std::span<const std::byte> PngChunks::next_piece() {
  while (!ended_) {
    const std::size_t before = at_;
    const Chunk chunk = next();
    if (chunk.name == kPixels) {
      if (needs_palette_) fail(std::string(where_), "the PNG is damaged: its palette is missing", kDamagedPngRemedy);
      began_ = true;
      if (!chunk.content.empty()) return chunk.content;
    } else if (began_ || chunk.name == kEnd) {
      ended_ = true;
      at_ = before;  // for finish()
    } else {
      accept(chunk);
    }
  }
  return {};
}

void PngChunks::finish() {
  for (Chunk chunk = next(); chunk.name != kEnd; chunk = next()) {
    if (chunk.name != kPixels || ended_) {
      ended_ = true;
      accept(chunk);
    } else if (!chunk.content.empty()) {
      fail(std::string(where_), "the PNG is damaged: it holds more than its rows", kDamagedPngRemedy);
    }
  }
}

}  // namespace seg
