// SPDX-License-Identifier: Apache-2.0
#include "image/color_map.h"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace seg {
namespace {

constexpr Rgb kBeyondPalette{255, 0, 255};
constexpr Rgb kHatch{20, 20, 20}, kHatchGround{90, 90, 90};
constexpr int kHatchPeriod = 8, kHatchWidth = 3;

// Far apart in hue or lightness, also for the commonest colour blindness; magenta is left for errors.
constexpr std::array<Rgb, 22> kDistinct = {{
    {70, 130, 220},  {230, 60, 50},   {60, 170, 75},   {255, 200, 40},  {145, 70, 180}, {240, 130, 40},
    {70, 210, 210},  {250, 160, 200}, {150, 100, 50},  {190, 230, 70},  {0, 0, 130},    {130, 0, 20},
    {170, 255, 195}, {128, 128, 0},   {255, 215, 180}, {220, 190, 255}, {0, 90, 90},    {160, 160, 165},
    {0, 60, 0},      {200, 255, 255}, {90, 50, 110},   {30, 30, 30},
}};

// Spreads the bits of a counter over the three channels, so that neighbours differ in their highest bits.
Rgb spread(std::uint32_t counter) {
  std::array<std::uint32_t, 3> channel{};
  for (int bit = 7; bit >= 0; --bit)
    for (std::uint32_t& value : channel) {
      value |= (counter & 1) << bit;
      counter >>= 1;
    }
  return {static_cast<std::uint8_t>(channel[0]), static_cast<std::uint8_t>(channel[1]),
          static_cast<std::uint8_t>(channel[2])};
}

bool hatched(std::int64_t y, std::int64_t x) noexcept { return (x + y) % kHatchPeriod < kHatchWidth; }

class Painter {
 public:
  Painter(const LabelMap& labels, std::span<const Rgb> palette, const OverlayStyle& style)
      : labels_(labels), palette_(palette), style_(style) {}

  Rgb color(std::int64_t y, std::int64_t x) const noexcept {
    const std::uint8_t label = labels_.row(y)[static_cast<std::size_t>(x)];
    if (style_.ignore_label == label) return hatched(y, x) ? kHatch : kHatchGround;
    return label < palette_.size() ? palette_[label] : kBeyondPalette;
  }

  // How much of the colour is seen at a pixel, of 256.
  int alpha(std::int64_t y, std::int64_t x) const noexcept {
    if (style_.outline && on_border(y, x)) return 256;
    if (style_.ignore_label == labels_.row(y)[static_cast<std::size_t>(x)] && !hatched(y, x)) return 0;
    return style_.alpha;
  }

 private:
  bool on_border(std::int64_t y, std::int64_t x) const noexcept {
    const auto at = static_cast<std::size_t>(x);
    const auto row = labels_.row(y);
    return (at + 1 < row.size() && row[at + 1] != row[at]) ||
           (y + 1 < labels_.height() && labels_.row(y + 1)[at] != row[at]);
  }

  const LabelMap& labels_;
  std::span<const Rgb> palette_;
  const OverlayStyle& style_;
};

std::uint8_t blend(std::uint8_t below, std::uint8_t above, int alpha) noexcept {
  return static_cast<std::uint8_t>((below * (256 - alpha) + above * alpha + 128) >> 8);
}

template <class T>
void copy_as_rgb(const Image& from, Image& to) {
  constexpr int kShift = sizeof(T) == 2 ? 8 : 0;
  const std::int64_t channels = from.channels();
  for (std::int64_t y = 0; y < from.height(); ++y) {
    const auto source = from.row<T>(y);
    const auto target = to.row<std::uint8_t>(y);
    for (std::int64_t x = 0; x < from.width(); ++x)
      for (std::int64_t c = 0; c < 3; ++c)
        target[static_cast<std::size_t>(3 * x + c)] = static_cast<std::uint8_t>(
            source[static_cast<std::size_t>(channels * x + (channels >= 3 ? c : 0))] >> kShift);
  }
}

}  // namespace

std::vector<Rgb> default_palette(std::int64_t count) {
  std::vector<Rgb> palette;
  for (std::uint32_t counter = 1; static_cast<std::int64_t>(palette.size()) < count; ++counter) {
    const Rgb next = palette.size() < kDistinct.size() ? kDistinct[palette.size()] : spread(counter);
    if (next != kBeyondPalette && std::ranges::find(palette, next) == palette.end()) palette.push_back(next);
  }
  return palette;
}

Image to_rgb(const Image& image) {
  if (image.channels() < 1) throw std::logic_error("an image without channels cannot be shown");
  Image rgb({image.height(), image.width(), 3, PixelType::u8});
  if (image.type() == PixelType::u16)
    copy_as_rgb<std::uint16_t>(image, rgb);
  else
    copy_as_rgb<std::uint8_t>(image, rgb);
  return rgb;
}

Image colorize(const LabelMap& labels, std::span<const Rgb> palette, const OverlayStyle& style) {
  Image picture({labels.height(), labels.width(), 3, PixelType::u8});
  const Painter painter(labels, palette, style);
  for (std::int64_t y = 0; y < labels.height(); ++y) {
    std::uint8_t* pixel = picture.row<std::uint8_t>(y).data();
    for (std::int64_t x = 0; x < labels.width(); ++x, pixel += 3) {
      const Rgb color = painter.color(y, x);
      pixel[0] = color.r;
      pixel[1] = color.g;
      pixel[2] = color.b;
    }
  }
  return picture;
}

Image overlay(const Image& image, const LabelMap& labels, std::span<const Rgb> palette, const OverlayStyle& style) {
  if (image.height() != labels.height() || image.width() != labels.width())
    throw std::logic_error("an overlay needs labels of the image's size");
  Image picture = to_rgb(image);
  const Painter painter(labels, palette, style);
  for (std::int64_t y = 0; y < labels.height(); ++y) {
    std::uint8_t* pixel = picture.row<std::uint8_t>(y).data();
    for (std::int64_t x = 0; x < labels.width(); ++x, pixel += 3) {
      const Rgb color = painter.color(y, x);
      const int alpha = painter.alpha(y, x);
      pixel[0] = blend(pixel[0], color.r, alpha);
      pixel[1] = blend(pixel[1], color.g, alpha);
      pixel[2] = blend(pixel[2], color.b, alpha);
    }
  }
  return picture;
}

Image sheet(std::span<const Image> pictures, const SheetStyle& style) {
  if (pictures.empty() || style.columns < 1 || style.gutter < 0)
    throw std::logic_error("a sheet needs pictures and columns");
  std::int64_t cell_height = 0, cell_width = 0;
  for (const Image& picture : pictures) {
    cell_height = std::max(cell_height, picture.height());
    cell_width = std::max(cell_width, picture.width());
  }
  const auto count = static_cast<std::int64_t>(pictures.size());
  const std::int64_t columns = std::min(style.columns, count), rows = (count + columns - 1) / columns;
  Image sheet({rows * (cell_height + style.gutter) + style.gutter, columns * (cell_width + style.gutter) + style.gutter,
               3, PixelType::u8});
  for (std::int64_t y = 0; y < sheet.height(); ++y) {
    std::uint8_t* pixel = sheet.row<std::uint8_t>(y).data();
    for (std::int64_t x = 0; x < sheet.width(); ++x, pixel += 3) {
      pixel[0] = style.background.r;
      pixel[1] = style.background.g;
      pixel[2] = style.background.b;
    }
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const Image picture = to_rgb(pictures[static_cast<std::size_t>(i)]);
    const std::int64_t top = style.gutter + i / columns * (cell_height + style.gutter);
    const std::int64_t left = style.gutter + i % columns * (cell_width + style.gutter);
    for (std::int64_t y = 0; y < picture.height(); ++y) {
      const auto row = picture.row<std::uint8_t>(y);
      std::ranges::copy(row, sheet.row<std::uint8_t>(top + y).begin() + 3 * left);
    }
  }
  return sheet;
}

}  // namespace seg
