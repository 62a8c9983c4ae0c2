// SPDX-License-Identifier: Apache-2.0
// What a network says of one image. Plain data, in host memory.
#pragma once
#include <cstdint>
#include <vector>

#include "image/image.h"

namespace seg {

struct Prediction {
  LabelMap labels;                     // a class for each pixel, as the network numbers them
  std::vector<Image> probabilities{};  // of each class asked for: one channel of uint16, 65535 is certainty
  std::int64_t num_tiles = 1;          // 1: the image was seen as a whole
};

}  // namespace seg
