// SPDX-License-Identifier: Apache-2.0
#include "image/lettering.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace seg {
namespace {

constexpr std::int64_t kDotsAcross = 5, kDotsDown = 7, kAdvance = kDotsAcross + 1;

// Rows from the top, the leftmost dot in the highest of five bits.
using Glyph = std::array<std::uint8_t, kDotsDown>;

constexpr Glyph kBox = {0b11111, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b11111};

constexpr std::array<Glyph, 10> kDigits = {{
    {0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110},
    {0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
    {0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111},
    {0b11110, 0b00001, 0b00001, 0b01110, 0b00001, 0b00001, 0b11110},
    {0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010},
    {0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110},
    {0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110},
    {0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000},
    {0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110},
    {0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100},
}};

constexpr std::array<Glyph, 26> kLetters = {{
    {0b01110, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001},  // A
    {0b11110, 0b10001, 0b10001, 0b11110, 0b10001, 0b10001, 0b11110},
    {0b01110, 0b10001, 0b10000, 0b10000, 0b10000, 0b10001, 0b01110},
    {0b11100, 0b10010, 0b10001, 0b10001, 0b10001, 0b10010, 0b11100},
    {0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111},
    {0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b10000},
    {0b01110, 0b10001, 0b10000, 0b10111, 0b10001, 0b10001, 0b01111},
    {0b10001, 0b10001, 0b10001, 0b11111, 0b10001, 0b10001, 0b10001},  // H
    {0b01110, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110},
    {0b00111, 0b00010, 0b00010, 0b00010, 0b00010, 0b10010, 0b01100},
    {0b10001, 0b10010, 0b10100, 0b11000, 0b10100, 0b10010, 0b10001},
    {0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111},
    {0b10001, 0b11011, 0b10101, 0b10101, 0b10001, 0b10001, 0b10001},
    {0b10001, 0b11001, 0b11001, 0b10101, 0b10011, 0b10011, 0b10001},
    {0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110},  // O
    {0b11110, 0b10001, 0b10001, 0b11110, 0b10000, 0b10000, 0b10000},
    {0b01110, 0b10001, 0b10001, 0b10001, 0b10101, 0b10010, 0b01101},
    {0b11110, 0b10001, 0b10001, 0b11110, 0b10100, 0b10010, 0b10001},
    {0b01111, 0b10000, 0b10000, 0b01110, 0b00001, 0b00001, 0b11110},
    {0b11111, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100},
    {0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110},
    {0b10001, 0b10001, 0b10001, 0b10001, 0b01010, 0b01010, 0b00100},  // V
    {0b10001, 0b10001, 0b10001, 0b10101, 0b10101, 0b11011, 0b10001},
    {0b10001, 0b01010, 0b01010, 0b00100, 0b01010, 0b01010, 0b10001},
    {0b10001, 0b10001, 0b01010, 0b00100, 0b00100, 0b00100, 0b00100},
    {0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b10000, 0b11111},
}};

constexpr std::array<Glyph, kSigns.size()> kSignGlyphs = {{
    {},                                                               // blank
    {0, 0, 0, 0, 0, 0b01100, 0b01100},                                // .
    {0, 0, 0, 0, 0b01100, 0b00100, 0b01000},                          // ,
    {0, 0b01100, 0b01100, 0, 0b01100, 0b01100, 0},                    // :
    {0, 0, 0, 0b11111, 0, 0, 0},                                      // -
    {0, 0, 0, 0, 0, 0, 0b11111},                                      // _
    {0, 0b00100, 0b00100, 0b11111, 0b00100, 0b00100, 0},              // +
    {0b11000, 0b11001, 0b00010, 0b00100, 0b01000, 0b10011, 0b00011},  // %
    {0b00001, 0b00001, 0b00010, 0b00100, 0b01000, 0b10000, 0b10000},  // /
    {0b00010, 0b00100, 0b01000, 0b01000, 0b01000, 0b00100, 0b00010},  // (
    {0b01000, 0b00100, 0b00010, 0b00010, 0b00010, 0b00100, 0b01000},  // )
    {0b01000, 0b10100, 0b10100, 0b01000, 0b10101, 0b10010, 0b01101},  // &
    {0b00100, 0b00100, 0b01000, 0, 0, 0, 0},                          // '
    {0b01010, 0b01010, 0b11111, 0b01010, 0b11111, 0b01010, 0b01010},  // #
}};

const Glyph& glyph_of(char c) noexcept {
  if (c >= '0' && c <= '9') return kDigits[static_cast<std::size_t>(c - '0')];
  if (c >= 'A' && c <= 'Z') return kLetters[static_cast<std::size_t>(c - 'A')];
  if (c >= 'a' && c <= 'z') return kLetters[static_cast<std::size_t>(c - 'a')];
  const std::size_t sign = kSigns.find(c);
  return sign == std::string_view::npos ? kBox : kSignGlyphs[sign];
}

// Of a character of several bytes the first one stands for it.
bool continues_character(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::int64_t num_characters(std::string_view text) noexcept {
  return static_cast<std::int64_t>(text.size()) - std::ranges::count_if(text, continues_character);
}

void draw_square(Image& picture, std::int64_t top, std::int64_t left, const Lettering& style) {
  const std::int64_t bottom = std::min(top + style.scale, picture.height());
  const std::int64_t right = std::min(left + style.scale, picture.width());
  for (std::int64_t y = std::max<std::int64_t>(top, 0); y < bottom; ++y)
    for (std::int64_t x = std::max<std::int64_t>(left, 0); x < right; ++x) {
      std::uint8_t* const pixel = picture.row<std::uint8_t>(y).data() + 3 * x;
      pixel[0] = style.color.r;
      pixel[1] = style.color.g;
      pixel[2] = style.color.b;
    }
}

}  // namespace

bool has_letters_for(std::string_view text) noexcept {
  return std::ranges::none_of(text, [](char c) { return &glyph_of(c) == &kBox; });
}

std::int64_t text_length(std::string_view text, std::int64_t scale) noexcept {
  return std::max<std::int64_t>(num_characters(text) * kAdvance - 1, 0) * scale;
}

std::int64_t text_height(std::int64_t scale) noexcept { return kDotsDown * scale; }

void draw_text(Image& picture, std::int64_t top, std::int64_t left, std::string_view text, const Lettering& style) {
  assert(picture.channels() == 3 && picture.type() == PixelType::u8);
  const std::int64_t length = text_length(text, style.scale);
  std::int64_t along = 0;
  for (const char c : text) {
    if (continues_character(c)) continue;
    const Glyph& glyph = glyph_of(c);
    for (std::int64_t down = 0; down < kDotsDown; ++down)
      for (std::int64_t across = 0; across < kDotsAcross; ++across) {
        if ((glyph[static_cast<std::size_t>(down)] >> (kDotsAcross - 1 - across) & 1) == 0) continue;
        const std::int64_t ahead = (along + across) * style.scale, aside = down * style.scale;
        if (style.is_upright)
          draw_square(picture, top + length - ahead - style.scale, left + aside, style);
        else
          draw_square(picture, top + aside, left + ahead, style);
      }
    along += kAdvance;
  }
}

}  // namespace seg
