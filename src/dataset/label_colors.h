// SPDX-License-Identifier: Apache-2.0
// From the colours of label images to class numbers, by exact match.
//
// Immutable and thread-safe once made.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "config/key.h"
#include "image/image.h"

namespace seg {

class LabelColors {
 public:
  explicit LabelColors(std::span<const Color> colors);  // by class; at most 256, all different

  bool empty() const noexcept { return entries_.empty(); }

  // `colors` is an 8-bit image; gray v is the colour [v, v, v]. UserError that names `where` (the file), colour, count
  // and place for a colour that is no class.
  void classify(const Image& colors, const std::string& where, LabelMap& labels) const;

 private:
  struct Entry {
    std::uint32_t color = 0;
    std::uint8_t label = 0;
  };
  const Entry* find(std::uint32_t color) const noexcept;
  template <int kChannels>
  bool classify_row(std::span<const std::uint8_t> colors, std::span<std::uint8_t> labels) const noexcept;
  [[noreturn]] void fail_unknown(const Image& colors, const std::string& where) const;

  std::vector<Entry> entries_;  // by colour
};

}  // namespace seg
