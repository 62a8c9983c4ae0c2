// SPDX-License-Identifier: Apache-2.0
#include "evaluation/prediction_picture.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "image/color_map.h"
#include "image/shrink.h"
#include "loader/image_stream.h"

namespace seg {

Image prediction_picture(const ReaderSource& source, Protocol& protocol, std::span<const Rgb> palette,
                         std::span<const std::size_t> images, std::int64_t longest) {
  std::vector<Image> pictures;
  const auto add = [&](const Image& picture) { pictures.push_back(shrunk(picture, longest)); };
  for (const std::size_t index : images) {
    ImageStream stream(source, {.first = index, .count = 1});
    const auto whole = stream.next();
    if (!whole) throw std::out_of_range("no image of that number");
    const Image& image = whole->image();
    const at::Tensor classes = protocol.classes({.images = image.bytes().data(),
                                                 .count = 1,
                                                 .height = image.height(),
                                                 .width = image.width(),
                                                 .channels = image.channels(),
                                                 .is_16_bit = image.type() == PixelType::u16});
    LabelMap prediction(image.height(), image.width());
    std::copy_n(classes.const_data_ptr<std::uint8_t>(), prediction.values().size(), prediction.values().begin());
    add(to_rgb(image));
    add(overlay(image, whole->label(), palette, {.alpha = 200, .ignore_label = source.traits().ignore_label}));
    add(overlay(image, prediction, palette, {.alpha = 200}));
  }
  return sheet(pictures, {.columns = 3});
}

}  // namespace seg
