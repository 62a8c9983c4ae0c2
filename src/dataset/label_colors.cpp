// SPDX-License-Identifier: Apache-2.0
#include "dataset/label_colors.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "base/counted.h"
#include "base/error.h"

namespace seg {
namespace {

constexpr std::size_t kManyUnknown = 8;  // so many colours are no forgotten class

template <int kChannels>
std::uint32_t color_at(const std::uint8_t* pixel) noexcept {
  if constexpr (kChannels == 1) return 0x10101u * pixel[0];
  return std::uint32_t{pixel[0]} << 16 | std::uint32_t{pixel[1]} << 8 | pixel[2];
}

std::uint32_t color_at(const Image& image, std::int64_t y, std::int64_t x) noexcept {
  const std::uint8_t* pixel = image.row<std::uint8_t>(y).data() + x * image.channels();
  return image.channels() == 1 ? color_at<1>(pixel) : color_at<3>(pixel);
}

std::string text_of(std::uint32_t color) {
  return "[" + std::to_string(color >> 16) + ", " + std::to_string(color >> 8 & 255) + ", " +
         std::to_string(color & 255) + "]";
}

std::uint32_t reversed(std::uint32_t color) noexcept { return (color & 255) << 16 | (color & 0xff00) | color >> 16; }

struct Unknown {
  std::int64_t pixels = 0, y = 0, x = 0;  // the first of them
};

}  // namespace

LabelColors::LabelColors(std::span<const Color> colors) {
  for (std::size_t k = 0; k < colors.size(); ++k)
    entries_.push_back({.color = color_at<3>(colors[k].data()), .label = static_cast<std::uint8_t>(k)});
  std::ranges::sort(entries_, {}, &Entry::color);
}

const LabelColors::Entry* LabelColors::find(std::uint32_t color) const noexcept {
  const auto found = std::ranges::lower_bound(entries_, color, {}, &Entry::color);
  return found != entries_.end() && found->color == color ? &*found : nullptr;
}

// Colours come in runs, so that most pixels need no search.
template <int kChannels>
bool LabelColors::classify_row(std::span<const std::uint8_t> colors, std::span<std::uint8_t> labels) const noexcept {
  const Entry* current = &entries_.front();
  const std::uint8_t* pixel = colors.data();
  for (std::uint8_t& label : labels) {
    const std::uint32_t color = color_at<kChannels>(pixel);
    pixel += kChannels;
    if (color != current->color) {
      current = find(color);
      if (current == nullptr) return false;
    }
    label = current->label;
  }
  return true;
}

void LabelColors::classify(const Image& colors, const std::string& where, LabelMap& labels) const {
  if (entries_.empty()) throw std::logic_error("there are no colours of classes");
  if (colors.type() != PixelType::u8)
    fail(where, "the label has 16 bits a channel, but label_colors are colours of 8 bits",
         "save the label as an 8-bit PNG");
  if (colors.channels() != 1 && colors.channels() != 3)
    fail(where,
         "the label has " + std::to_string(colors.channels()) + " channels, but label_colors are red, green, blue",
         "save the label as an 8-bit RGB PNG");
  labels.resize(colors.height(), colors.width());
  for (std::int64_t y = 0; y < colors.height(); ++y) {
    const auto row = colors.row<std::uint8_t>(y);
    const bool good =
        colors.channels() == 1 ? classify_row<1>(row, labels.row(y)) : classify_row<3>(row, labels.row(y));
    if (!good) fail_unknown(colors, where);
  }
}

void LabelColors::fail_unknown(const Image& colors, const std::string& where) const {
  std::map<std::uint32_t, Unknown> unknown;
  for (std::int64_t y = 0; y < colors.height(); ++y)
    for (std::int64_t x = 0; x < colors.width(); ++x) {
      const std::uint32_t color = color_at(colors, y, x);
      if (find(color) != nullptr) continue;
      Unknown& entry = unknown[color];
      if (entry.pixels++ == 0) entry = {.pixels = 1, .y = y, .x = x};
    }
  const auto& [color, worst] = *std::ranges::max_element(unknown, {}, [](const auto& e) { return e.second.pixels; });
  std::string what = "colour " + text_of(color) + " in " + std::to_string(worst.pixels) +
                     (worst.pixels == 1 ? " pixel, at row " : " pixels, the first at row ") + std::to_string(worst.y) +
                     ", column " + std::to_string(worst.x) + ", is none of label_colors";
  if (unknown.size() > 1) what += "; beside it " + counted(unknown.size() - 1, "other colour") + " of this file";
  std::string remedy = "add it to label_colors (its place is its class), or correct the label";
  if (find(reversed(color)) != nullptr)
    remedy = "write label_colors as [red, green, blue]: now it holds " + text_of(reversed(color));
  else if (unknown.size() > kManyUnknown)
    remedy =
        "write the labels again without smoothing and without resizing: both mix colours at the borders of classes";
  fail(where, what, remedy);
}

}  // namespace seg
