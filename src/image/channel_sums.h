// SPDX-License-Identifier: Apache-2.0
// Sums of an image's values and of their squares, channel by channel. Exact: no order of pixels changes them.
#pragma once
#include <cstdint>
#include <vector>

#include "image/view.h"

namespace seg {

struct ChannelSums {
  std::vector<std::uint64_t> values, squares;  // one entry a channel
};

// Of at most 2^31 pixels.
ChannelSums channel_sums(const ImageView& image);

}  // namespace seg
