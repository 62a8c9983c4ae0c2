// SPDX-License-Identifier: Apache-2.0
// Chosen labels of a row, and counts of one value, by the best instructions of this processor.
//
// Results are the same at every level of instructions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace seg {

// Takes label positions[i] of a row as label i. Not thread-safe while it is prepared.
class NearestRow {
 public:
  void reserve(std::size_t size);
  // The positions rise or fall all along, and lie in rows of `row_size` labels.
  void prepare(std::span<const std::int32_t> positions, std::size_t row_size);

  void take(std::span<const std::uint8_t> row, std::span<std::uint8_t> out) const noexcept;

  // What the loops in the source read. Labels go by sixteens: what those read begins at `first` and fits into
  // `registers` of sixteen (0: into no number that pays). For each of those and each label, `index` is its place in
  // that register, or kElsewhere.
  static constexpr std::uint8_t kElsewhere = 0x80;
  struct Tables {
    std::vector<std::int32_t> positions;
    std::size_t registers = 0;
    std::vector<std::int32_t> first;
    std::vector<std::uint8_t> index;
  };

 private:
  Tables tables_;
};

std::size_t count_of(std::uint8_t value, std::span<const std::uint8_t> labels) noexcept;

}  // namespace seg
