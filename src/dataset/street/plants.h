// SPDX-License-Identifier: Apache-2.0
// Materials of what grows: trees and hedges.
#pragma once
#include "dataset/street/material.h"

namespace seg::street {

// Light and dark leaves, with detail at two sizes.
inline Color leaves(Color color, float s, float h, float depth, std::uint32_t seed, float pixel) noexcept {
  const float offset = unit_of(seed) * NoiseSheet::kSide;
  const float clumps = clouds().at(s * 8 + offset, h * 9), fine = noise_at(floor_of(s * 22), floor_of(h * 22), seed);
  const float tone = 0.42F + 1.05F * clumps * (0.6F + 0.4F * depth) + 0.3F * (fine - 0.5F) * detail(0.05F, pixel);
  return color * tone + Color{18, 14, 2} * (clumps * depth);
}

class Crown {
 public:
  Crown(const Panel& panel, const Light&)
      : panel_(panel),
        middle_((panel.top + panel.size[0]) / 2),
        half_height_((panel.top - panel.size[0]) / 2),
        half_width_((panel.xb - panel.xa) / 2),
        offset_(unit_of(panel.seed) * NoiseSheet::kSide) {}

  Hit hit(float s, float h, float) const noexcept {
    const float x = s - half_width_;
    const float y = (h - middle_) / half_height_;
    const float distance = squared(x / half_width_) + squared(y);
    if (distance < 1) {
      const float ragged = panel_.size[2],
                  edge = 1.3F - 0.9F * ragged * (1 - clouds().at(s * 3.5F + offset_, h * 3.5F));
      if (distance < edge) {
        const float holes = clouds().at(s * 14 + offset_, h * 14 + 40);
        if (distance < edge - 0.75F * ragged * (1 - holes)) return {kLeaves, Class::tree};
      }
    }
    const float trunk = panel_.size[1] * (1.25F - 0.5F * clamped(h / middle_));
    if (h < middle_ && absolute(x) < trunk) return {kTrunk, Class::tree};
    return {};
  }

  Color shade(Hit hit, float s, float h, float pixel) const noexcept {
    const float x = s - half_width_;
    if (hit.part == kTrunk) {
      const float round = 1 - 0.45F * squared(x / panel_.size[1]);
      return panel_.second * panel_.light * (round * (0.7F + 0.6F * clouds().at(s * 30, h * 4)));
    }
    const float up = clamped(0.5F + 0.5F * (h - middle_) / half_height_);
    return leaves(panel_.main * panel_.light, s, h, up, panel_.seed, pixel) * (0.7F + 0.45F * up);
  }

 private:
  static constexpr int kLeaves = 1, kTrunk = 2;
  const Panel& panel_;
  float middle_, half_height_, half_width_, offset_;
};

class Hedge {
 public:
  Hedge(const Panel& panel, const Light&) : panel_(panel), offset_(unit_of(panel.seed) * NoiseSheet::kSide) {}

  Hit hit(float s, float h, float) const noexcept {
    const float edge = panel_.top * (0.72F + 0.28F * clouds().at(s * 3 + offset_, 5));
    return h < edge ? Hit{1, Class::tree} : Hit{};
  }
  Color shade(Hit, float s, float h, float pixel) const noexcept {
    const float up = clamped(h / panel_.top);
    return leaves(panel_.main * panel_.light, s, h, up, panel_.seed, pixel) * (0.65F + 0.4F * up);
  }

 private:
  const Panel& panel_;
  float offset_;
};

}  // namespace seg::street
