// SPDX-License-Identifier: Apache-2.0
// The two mixes of image/resample.h for 8-bit values, a row at a time, by the best instructions of this processor.
//
// Mixed values are whole numbers of 2^-7 grey levels, at most 255 2^7; weights are those of the second of two
// neighbours, from 0 to 2^14 - 1. Results are the same at every level of instructions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace seg {

inline constexpr int kWeightBits = 14;
inline constexpr int kFractionBits = 7;  // what is kept of a value between the two mixes: 8 + 7 bits fit into int16

// out[i] = low[i] + (high[i] - low[i]) weight, halves rounded up. The three have one size and out overlaps nothing.
void mix_rows(std::span<const std::uint8_t> low, std::span<const std::uint8_t> high, std::int16_t weight,
              std::int16_t* out) noexcept;

// Mixes the columns of rows that mix_rows() made: pixel i lies between pixels low[i] and low[i] + 1 of the row, whose
// channels are interleaved. Not thread-safe.
class ColumnMix {
 public:
  // So many values behind a row's last pixel must be readable; their content does not matter.
  static std::size_t slack(std::size_t channels) noexcept { return channels + 160; }

  void reserve(std::size_t pixels, std::size_t channels);
  void prepare(std::span<const std::int32_t> low, std::span<const std::int16_t> weight, std::size_t channels);

  // Rounds to whole grey levels; out has as many values as prepare() was given pixels and channels.
  void mix(const std::int16_t* row, std::span<std::uint8_t> out);

  // What the loops in the source read.
  struct Tables {
    std::size_t channels = 0;
    std::vector<std::int32_t> low;       // of each pixel
    std::vector<std::int16_t> weight_2;  // of each value, doubled
    // Values by groups that fill a register of 32: what they read begins at `first` and fits into `registers` of them
    // (1, 2 or 4; 0: into no such number), at `index`, of each value.
    std::size_t group_values = 0, registers = 0;
    std::vector<std::int32_t> first;
    std::vector<std::uint16_t> index;
    std::vector<std::int16_t> low_values, high_values;  // scratch: the neighbours of each value
  };

 private:
  void prepare_groups();

  Tables tables_;
};

}  // namespace seg
