// SPDX-License-Identifier: Apache-2.0
#include "evaluation/boundary_picture.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "evaluation/host_image.h"
#include "image/color_map.h"
#include "image/distance_map.h"
#include "image/fill.h"
#include "image/lettering.h"
#include "loader/image_stream.h"

namespace seg {
namespace {

constexpr SheetStyle kSheet{.columns = 3};
constexpr Rgb kInk{235, 235, 235}, kNear{255, 221, 0}, kUniform{0, 190, 255};
constexpr std::int64_t kPixelsADot = 256;  // of the width: points are one pixel up to this, and two beyond

Image with_caption(const Image& picture, std::string_view text) {
  constexpr std::int64_t kMargin = 3, kWideEnough = 280;  // for the longest caption in large letters
  const std::int64_t scale = picture.width() >= kWideEnough ? 2 : 1;
  const std::int64_t head = text_height(scale) + 2 * kMargin;
  const std::int64_t width = std::max(picture.width(), text_length(text, scale) + 2 * kMargin);
  Image result({head + picture.height(), width, 3, PixelType::u8});
  fill(result, {.top = 0, .left = 0, .height = result.height(), .width = width}, kSheet.background);
  draw_text(result, kMargin, kMargin, text, {.color = kInk, .scale = scale});
  for (std::int64_t y = 0; y < picture.height(); ++y)
    std::ranges::copy(picture.row<std::uint8_t>(y), result.row<std::uint8_t>(head + y).begin());
  return result;
}

// The nearer the brighter.
Image distance_picture(const LabelMap& eighths, std::int64_t radius) {
  std::vector<Rgb> greys;
  const int most = DistanceMap::most_eighths(radius);
  for (int distance = 0; distance < 256; ++distance) {
    const auto level = static_cast<std::uint8_t>(255 - 255 * std::min(distance, most) / most);
    greys.push_back({level, level, level});
  }
  return colorize(eighths, greys);
}

// Over the image, darkened.
Image point_picture(const Image& image, std::span<const float> points, std::size_t num_near) {
  Image picture = to_rgb(image);
  for (std::int64_t y = 0; y < picture.height(); ++y)
    for (std::uint8_t& value : picture.row<std::uint8_t>(y)) value = static_cast<std::uint8_t>(value / 3);
  const std::int64_t side = picture.width() > kPixelsADot ? 2 : 1;
  for (std::size_t i = points.size() / 2; i-- > 0;) {  // those near boundaries last, and so above the others
    const auto x = static_cast<std::int64_t>(points[2 * i] * static_cast<float>(picture.width()));
    const auto y = static_cast<std::int64_t>(points[2 * i + 1] * static_cast<float>(picture.height()));
    fill(picture,
         {.top = y,
          .left = x,
          .height = std::min(side, picture.height() - y),
          .width = std::min(side, picture.width() - x)},
         i < num_near ? kNear : kUniform);
  }
  return picture;
}

}  // namespace

Image boundary_picture(const ReaderSource& source, Protocol& coarse, Protocol* refined, std::span<const Rgb> palette,
                       std::span<const std::size_t> images, const BoundaryPictureOptions& options) {
  const std::uint8_t ignored = source.traits().ignore_label;
  DistanceMap map;
  PointChoice choice(options.points);
  std::vector<float> points(static_cast<std::size_t>(2 * options.points.count));
  const auto num_near =
      static_cast<std::size_t>(options.points.boundary_share * static_cast<double>(options.points.count));
  std::vector<Image> panels;
  for (const std::size_t index : images) {
    const WholeImage whole = whole_image(source, index);
    const Image& image = whole.image();
    const LabelMap& label = whole.label();
    const auto over_image = [&](const LabelMap& classes) {
      return overlay(image, classes, palette, {.alpha = 200, .ignore_label = ignored});
    };
    LabelMap eighths(label.height(), label.width());
    map.eighths(label, {.ignored = ignored}, eighths.values(), options.radius);
    choice.draw({.seed = options.seed, .sample = index},
                {.labels = label, .distances = eighths.values(), .ignored = ignored}, points);
    panels.push_back(with_caption(to_rgb(image), "image"));
    panels.push_back(with_caption(over_image(label), "label"));
    panels.push_back(with_caption(distance_picture(eighths, options.radius), "distance to boundaries"));
    panels.push_back(with_caption(over_image(classes_of(coarse, image)), "prediction"));
    if (refined != nullptr)
      panels.push_back(with_caption(over_image(classes_of(*refined, image)), "prediction, PointRend"));
    panels.push_back(with_caption(point_picture(image, points, num_near), "points near boundaries"));
    while (panels.size() % 3 != 0) panels.push_back(Image({1, 1, 3, PixelType::u8}));
  }
  return sheet(panels, kSheet);
}

}  // namespace seg
