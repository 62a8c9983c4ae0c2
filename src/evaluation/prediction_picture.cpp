// SPDX-License-Identifier: Apache-2.0
#include "evaluation/prediction_picture.h"

#include <vector>

#include "evaluation/host_image.h"
#include "image/color_map.h"
#include "image/shrink.h"
#include "loader/image_stream.h"

namespace seg {

Image prediction_picture(const ReaderSource& source, Protocol& protocol, std::span<const Rgb> palette,
                         std::span<const std::size_t> images, std::int64_t longest) {
  std::vector<Image> pictures;
  const auto add = [&](const Image& picture) { pictures.push_back(shrunk(picture, longest)); };
  for (const std::size_t index : images) {
    const WholeImage whole = whole_image(source, index);
    const Image& image = whole.image();
    add(to_rgb(image));
    add(overlay(image, whole.label(), palette, {.alpha = 200, .ignore_label = source.traits().ignore_label}));
    add(overlay(image, classes_of(protocol, image), palette, {.alpha = 200}));
  }
  return sheet(pictures, {.columns = 3});
}

}  // namespace seg
