// SPDX-License-Identifier: Apache-2.0
// Pieces of self-contained HTML pages: nothing is loaded from elsewhere.
//
// Texts are given as they are and escaped here. Pure functions.
#pragma once
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "image/color.h"
#include "image/image.h"

namespace seg {

// For text and for values of attributes in quotes. What is no UTF-8, and what steers (but line ends and tabs),
// become U+FFFD.
std::string html_escaped(std::string_view text);

// No more than `most` bytes of it, whole characters, before they are escaped; "…" says that it was longer.
std::string html_escaped(std::string_view text, std::size_t most);

std::string base64(std::span<const std::byte> bytes);

// An <img> that holds its picture as PNG. 1 or 3 channels of 8 bits.
std::string html_picture(const Image& picture, std::string_view description);

// That of a file, as PNG made smaller until it takes no more than kMostPictureBytes; with its size, so that a page does
// not move while it is built. Nothing if the file is no picture.
inline constexpr std::size_t kMostPictureBytes = 700'000;
std::optional<std::string> html_picture_file(const std::filesystem::path& file, std::string_view description);

std::string html_color(const Rgb& color);  // "#0a1fff"

// A cell of a table: a spot of that colour (CSS), then the text.
std::string html_marked_cell(std::string_view color, std::string_view text);

// A whole page around a body that is HTML already.
std::string html_page(std::string_view title, std::string_view body);

}  // namespace seg
