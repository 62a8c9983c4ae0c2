// SPDX-License-Identifier: Apache-2.0
// Points of a crop that are drawn where its labels change: for a head that looks at single points (PointRend).
//
// A share of the points is drawn near boundaries: a pixel with the probability that exp(-d^2 / (2 sigma^2)) of its
// distance gives it among the pixels that are not ignored, and within it each place alike. The others are uniform over
// the crop, ignored pixels included. Where no pixel is near enough to have a probability, all are uniform. Those near
// boundaries come first, from top to bottom. A pure function of (seed, sample), labels and distances. Not thread-safe;
// nothing is allocated after construction.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.h"
#include "image/view.h"

namespace seg {

struct PointChoiceOptions {
  std::int64_t count = 0;     // 0: none
  double boundary_share = 1;  // of them
  double sigma = 5;           // in pixels
};

class PointChoice {
 public:
  struct Key {
    std::uint64_t seed = 0, sample = 0;
  };
  struct Crop {
    LabelView labels;                           // [H,W]
    std::span<const std::uint8_t> distances{};  // [H,W] in eighths of a pixel
    std::uint8_t ignored = 255;
  };

  explicit PointChoice(const PointChoiceOptions& options);

  // points: [count,2], x first, both in [0, 1).
  void draw(const Key& key, const Crop& crop, std::span<float> points);

 private:
  // The pixel that has so many others of its distance before it.
  struct Pick {
    std::uint8_t distance = 0;
    std::int64_t number = 0;
    auto operator<=>(const Pick&) const = default;
  };
  std::size_t pick(Random& random, const Crop& crop);
  void place(Random& random, const Crop& crop, std::span<float> points) const;

  const PointChoiceOptions options_;
  const std::array<double, 256> falloff_;
  std::vector<Pick> picks_;
};

}  // namespace seg
