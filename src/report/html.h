// SPDX-License-Identifier: Apache-2.0
// Pieces of self-contained HTML pages: nothing is loaded from elsewhere.
//
// Texts are given as they are and escaped here. Pure functions.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "image/color.h"
#include "image/image.h"

namespace seg {

// For text and for values of attributes in double quotes.
std::string html_escaped(std::string_view text);

std::string base64(std::span<const std::byte> bytes);

// An <img> that holds its picture as PNG. 1 or 3 channels of 8 bits.
std::string html_picture(const Image& picture, std::string_view description);

std::string html_color(const Rgb& color);  // "#0a1fff"

// A whole page around a body that is HTML already.
std::string html_page(std::string_view title, std::string_view body);

}  // namespace seg
