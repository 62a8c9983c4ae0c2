// SPDX-License-Identifier: Apache-2.0
#include "image/narrow_labels.h"

#include <algorithm>
#include <string>

#include "base/error.h"

namespace seg {

void narrow_labels(const Image& deep, std::string_view where, const Window& window, LabelMap& labels) {
  labels.resize(window.height, window.width);
  for (std::int64_t y = 0; y < window.height; ++y) {
    const auto row = deep.row<std::uint16_t>(y);
    const auto large = std::ranges::find_if(row, [](std::uint16_t value) { return value > 255; });
    if (large != row.end())
      fail(std::string(where),
           "label " + std::to_string(*large) + " of 16 bits at row " + std::to_string(window.top + y) + ", column " +
               std::to_string(window.left + (large - row.begin())) + ", but class numbers have at most 8 bits",
           "save class numbers of 0 to 255 as an 8-bit gray or palette PNG");
    std::ranges::transform(row, labels.row(y).begin(),
                           [](std::uint16_t value) { return static_cast<std::uint8_t>(value); });
  }
}

}  // namespace seg
