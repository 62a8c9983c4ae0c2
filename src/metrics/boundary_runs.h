// SPDX-License-Identifier: Apache-2.0
// The boundary of each class in an image: its pixels that have a pixel of another class above, below, left or right.
//
// Pixels that do not count (ignored ones) have no boundary and make none, and neither does the frame of the image.
// Not thread-safe; the memory is reused.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "metrics/counted_classes.h"
#include "metrics/pixel_set.h"

namespace seg {

class BoundaryRuns {
 public:
  void find(const CountedClasses& classes);

  // Neighbours in a row as one span, from top to bottom; of one class, or of all, class by class.
  std::span<const RowSpan> of_class(std::size_t k) const noexcept {
    return std::span(runs_).subspan(begin_[k], begin_[k + 1] - begin_[k]);
  }
  std::span<const RowSpan> all() const noexcept { return runs_; }

 private:
  struct ClassRun {
    std::uint8_t k = 0;
    RowSpan span;
  };
  void add_runs(std::int64_t y, const std::uint8_t* classes);

  std::vector<std::uint8_t> is_boundary_;  // of a row, with zeros behind it
  std::vector<ClassRun> found_;
  std::vector<RowSpan> runs_;
  std::array<std::size_t, 257> begin_{};
};

}  // namespace seg
