// SPDX-License-Identifier: Apache-2.0
// Short texts in pictures, without a font: letters of 5 by 7 dots.
//
// There are digits, the letters A to Z (small ones are drawn as capitals) and the signs of kSigns; a character that is
// none of these, of several bytes or one, is drawn as a box. A dot is a square of `scale` pixels. What lies outside of
// the picture is not drawn. Pure functions.
#pragma once
#include <cstdint>
#include <string_view>

#include "image/color.h"
#include "image/image.h"

namespace seg {

inline constexpr std::string_view kSigns = " .,:-_+%/()&'#";

bool has_letters_for(std::string_view text) noexcept;  // whether none of it becomes a box

struct Lettering {
  Rgb color{};
  std::int64_t scale = 1;
  bool is_upright = false;  // from the bottom to the top instead of from the left to the right
};

std::int64_t text_length(std::string_view text, std::int64_t scale = 1) noexcept;  // in pixels, along the text
std::int64_t text_height(std::int64_t scale = 1) noexcept;                         // across it

// Into an 8-bit RGB picture. The place is that of the text's upper left corner, also if the text is upright.
void draw_text(Image& picture, std::int64_t top, std::int64_t left, std::string_view text, const Lettering& style);

}  // namespace seg
