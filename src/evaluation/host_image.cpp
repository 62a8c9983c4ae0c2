// SPDX-License-Identifier: Apache-2.0
#include "evaluation/host_image.h"

#include <algorithm>
#include <cstdint>

namespace seg {

HostPixels host_pixels(const Image& image) {
  return {.images = image.bytes().data(),
          .count = 1,
          .height = image.height(),
          .width = image.width(),
          .channels = image.channels(),
          .is_16_bit = image.type() == PixelType::u16};
}

LabelMap classes_of(Protocol& protocol, const Image& image) {
  const at::Tensor classes = protocol.classes(host_pixels(image));
  LabelMap labels(image.height(), image.width());
  std::copy_n(classes.const_data_ptr<std::uint8_t>(), labels.values().size(), labels.values().begin());
  return labels;
}

}  // namespace seg
