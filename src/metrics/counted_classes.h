// SPDX-License-Identifier: Apache-2.0
// The classes of an image's pixels that count, in the form in which boundaries between them are found by comparisons.
//
// Each pixel has a low and a high value: its class twice where it counts, else 255 and 0, which make no minimum smaller
// and no maximum larger. So a pixel that counts has a pixel of another class among others if and only if
// `minimum of their low < its high or maximum of their high > its low`, and for one that does not count this is false.
// Not thread-safe; the memory is reused.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "image/view.h"

namespace seg {

inline constexpr std::uint8_t kNoLow = 255, kNoHigh = 0;

class CountedClasses {
 public:
  // Of `classes`, those where `labels`, of the same size, is not ignore_label. They may be the same map.
  void take(const LabelView& classes, const LabelView& labels, std::int64_t ignore_label);

  std::int64_t height() const noexcept { return height_; }
  std::int64_t width() const noexcept { return width_; }

  // Rows from -1 to height() and pixels from -1 to width() of them may be read: around the image nothing counts.
  const std::uint8_t* low(std::int64_t y) const noexcept { return low_.data() + (y + 1) * (width_ + 2) + 1; }
  const std::uint8_t* high(std::int64_t y) const noexcept { return high_.data() + (y + 1) * (width_ + 2) + 1; }
  bool counts(std::int64_t y, std::int64_t x) const noexcept { return low(y)[x] <= high(y)[x]; }

 private:
  std::int64_t height_ = 0, width_ = 0;
  std::vector<std::uint8_t> low_, high_;
};

}  // namespace seg
