// SPDX-License-Identifier: Apache-2.0
// Pictures for people: labels as colours, labels over their image, and sheets of pictures.
//
// All pictures are 8-bit RGB images. Pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "image/color.h"
#include "image/image.h"

namespace seg {

// `count` colours that are easy to tell apart (the first 11 with ease, 256 all distinct); the same for every call.
std::vector<Rgb> default_palette(std::int64_t count);

struct OverlayStyle {
  int alpha = 128;  // of the label's colour, 0 (the image alone) to 256 (the colour alone)
  std::optional<std::uint8_t> ignore_label = {};  // drawn as a dark hatching
  bool outline = false;                           // draw the borders between classes in full colour
};

// 8 bits and 3 channels of any image: 16 bits are cut to the high byte, one channel is repeated, of more than three
// the first three are shown.
Image to_rgb(const Image& image);

// A label beyond the palette is magenta, so that it strikes the eye.
Image colorize(const LabelMap& labels, std::span<const Rgb> palette, const OverlayStyle& style = {});
Image overlay(const Image& image, const LabelMap& labels, std::span<const Rgb> palette, const OverlayStyle& style = {});

struct SheetStyle {
  std::int64_t columns = 4;
  std::int64_t gutter = 2;  // pixels between the pictures and around them
  Rgb background{32, 32, 32};
};

// Pictures row by row, each at the upper left of its cell; cells are as large as the largest picture.
Image sheet(std::span<const Image> pictures, const SheetStyle& style = {});

}  // namespace seg
