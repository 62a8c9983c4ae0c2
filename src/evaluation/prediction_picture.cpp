// SPDX-License-Identifier: Apache-2.0
#include "evaluation/prediction_picture.h"

#include <algorithm>
#include <vector>

#include "image/color_map.h"
#include "image/png.h"
#include "loader/image_stream.h"

namespace seg {

Image prediction_picture(const ReaderSource& source, Protocol& protocol, std::span<const Rgb> palette,
                         std::int64_t count, std::size_t first) {
  std::vector<Image> pictures;
  ImageStream images(source, {.first = first, .count = static_cast<std::size_t>(count)});
  while (const auto whole = images.next()) {
    const Image& image = whole->image();
    const at::Tensor classes = protocol.classes({.images = image.bytes().data(),
                                                 .count = 1,
                                                 .height = image.height(),
                                                 .width = image.width(),
                                                 .channels = image.channels(),
                                                 .is_16_bit = image.type() == PixelType::u16});
    LabelMap prediction(image.height(), image.width());
    std::copy_n(classes.const_data_ptr<std::uint8_t>(), prediction.values().size(), prediction.values().begin());
    pictures.push_back(to_rgb(image));
    pictures.push_back(
        overlay(image, whole->label(), palette, {.alpha = 200, .ignore_label = source.traits().ignore_label}));
    pictures.push_back(overlay(image, prediction, palette, {.alpha = 200}));
  }
  return sheet(pictures, {.columns = 3});
}

void save_prediction_picture(const std::filesystem::path& path, const ReaderSource& source, Protocol& protocol,
                             std::span<const Rgb> palette, std::int64_t count) {
  write_png(path, prediction_picture(source, protocol, palette, count));
}

}  // namespace seg
