// SPDX-License-Identifier: Apache-2.0
#include "image/label_histogram.h"

#include <cstddef>
#include <span>

namespace seg {

LabelHistogram histogram_of(const LabelView& labels) noexcept {
  // Four tables, so that runs of one value do not wait for their own counter.
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  for (std::int64_t y = 0; y < labels.height(); ++y) {
    const std::span<const std::uint8_t> row = labels.row(y);
    std::size_t x = 0;
    for (; x + 4 <= row.size(); x += 4)
      for (std::size_t k = 0; k < 4; ++k) ++tables[k][row[x + k]];
    for (; x < row.size(); ++x) ++tables[0][row[x]];
  }
  LabelHistogram counts{};
  for (const auto& table : tables)
    for (std::size_t value = 0; value < 256; ++value) counts[value] += table[value];
  return counts;
}

}  // namespace seg
