// SPDX-License-Identifier: Apache-2.0
#include "metrics/boundary_runs.h"

#include <algorithm>
#include <cstring>

namespace seg {
namespace {

constexpr std::size_t kStride = 8;  // pixels that are looked at together

// The rows above and below are those of `low` and `high`, `stride` away. Written so that the compiler makes vectors.
void find_in_row(const std::uint8_t* low, const std::uint8_t* high, std::int64_t stride, std::int64_t width,
                 std::uint8_t* __restrict is_boundary) {
  for (std::int64_t x = 0; x < width; ++x) {
    const std::uint8_t lowest = std::min(std::min(low[x - 1], low[x + 1]), std::min(low[x - stride], low[x + stride]));
    const std::uint8_t highest =
        std::max(std::max(high[x - 1], high[x + 1]), std::max(high[x - stride], high[x + stride]));
    is_boundary[x] = static_cast<std::uint8_t>((lowest < high[x]) | (highest > low[x]));
  }
}

}  // namespace

void BoundaryRuns::add_runs(std::int64_t y, const std::uint8_t* classes) {
  const std::size_t size = is_boundary_.size();
  for (std::size_t x = 0; x + kStride < size;) {
    std::uint64_t next = 0;
    std::memcpy(&next, is_boundary_.data() + x, kStride);
    if (next == 0) {
      x += kStride;
      continue;
    }
    while (is_boundary_[x] == 0) ++x;
    const std::size_t first = x;
    while (is_boundary_[x] != 0 && classes[x] == classes[first]) ++x;
    found_.push_back(
        {.k = classes[first],
         .span = {.y = y, .first = static_cast<std::int64_t>(first), .last = static_cast<std::int64_t>(x) - 1}});
  }
}

void BoundaryRuns::find(const CountedClasses& classes) {
  found_.clear();
  is_boundary_.assign(static_cast<std::size_t>(classes.width()) + kStride, 0);
  for (std::int64_t y = 0; y < classes.height(); ++y) {
    find_in_row(classes.low(y), classes.high(y), classes.width() + 2, classes.width(), is_boundary_.data());
    add_runs(y, classes.low(y));
  }
  begin_.fill(0);
  for (const ClassRun& run : found_) ++begin_[run.k + std::size_t{1}];
  for (std::size_t k = 0; k < 256; ++k) begin_[k + 1] += begin_[k];
  runs_.resize(found_.size());
  std::array<std::size_t, 257> next = begin_;
  for (const ClassRun& run : found_) runs_[next[run.k]++] = run.span;
}

}  // namespace seg
