// SPDX-License-Identifier: Apache-2.0
#include "metrics/counted_classes.h"

#include <stdexcept>

namespace seg {

void CountedClasses::take(const LabelView& classes, const LabelView& labels, std::int64_t ignore_label) {
  if (classes.height() != labels.height() || classes.width() != labels.width())
    throw std::logic_error("[metrics] labels and predictions differ in size");
  height_ = labels.height();
  width_ = labels.width();
  const auto size = static_cast<std::size_t>((height_ + 2) * (width_ + 2));
  low_.assign(size, kNoLow);
  high_.assign(size, kNoHigh);
  for (std::int64_t y = 0; y < height_; ++y) {
    const std::span<const std::uint8_t> from = classes.row(y), label = labels.row(y);
    const std::int64_t begin = (y + 1) * (width_ + 2) + 1;
    std::uint8_t* const low_row = low_.data() + begin;
    std::uint8_t* const high_row = high_.data() + begin;
    for (std::size_t x = 0; x < from.size(); ++x) {
      const bool counts = label[x] != ignore_label;
      low_row[x] = counts ? from[x] : kNoLow;
      high_row[x] = counts ? from[x] : kNoHigh;
    }
  }
}

}  // namespace seg
