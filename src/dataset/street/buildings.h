// SPDX-License-Identifier: Apache-2.0
// Materials of what is built: facades and the skyline.
#pragma once
#include "dataset/street/material.h"

namespace seg::street {

class Facade {
 public:
  Facade(const Panel& panel, const Light& light)
      : panel_(panel), light_(light), bays_(1 / panel.size[0]), stories_(1 / panel.size[1]) {}

  Hit hit(float s, float h, float) const noexcept {
    if (h < panel_.top - 0.9F) return {kWall, Class::building};
    if (h < panel_.top) {  // an uneven upper edge: gables and parapets
      const float house = fraction_of(s / (panel_.size[0] * 3) + unit_of(panel_.seed));
      if (panel_.style >= 2 || h < panel_.top - 0.9F * absolute(house * 2 - 1)) return {kWall, Class::building};
      return {};
    }
    return {};
  }

  Color shade(Hit, float s, float h, float pixel) const noexcept {
    return panel_.top - h < panel_.size[3] ? roof(s, h, pixel) : floor_at(s, h, pixel);
  }

 private:
  static constexpr int kWall = 1;

  Color roof(float s, float h, float pixel) const noexcept {
    const Color base = panel_.style < 2 ? panel_.main * 0.35F + Color{52, 42, 40} : panel_.second * 0.8F;
    const float rows = fraction_of(h * 4) < 0.25F ? 1 - 0.2F * detail(0.06F, pixel) : 1.0F;
    return base * panel_.light * (rows * (0.85F + 0.3F * clouds().at(s * 3, h * 6)));
  }

  Color floor_at(float s, float h, float pixel) const noexcept {
    const float bay = s * bays_, story = h * stories_;
    const int column = floor_of(bay), row = floor_of(story);
    const float x = bay - static_cast<float>(column), y = story - static_cast<float>(row);
    if (row == 0 && panel_.flag) return shop(x, h, column, pixel);
    if (row == 0 && column % 3 == 1 && panel_.style < 2) {
      const float door = absolute(x - 0.5F) * panel_.size[0];
      if (door < 0.5F && h < 2.1F) return door_color(door, h, hash_at(column, row, panel_.seed));
    }
    // Windows, with frames around them and sills below.
    const float half = panel_.size[2] / 2;
    if (half <= 0) return wall(s, h, pixel);
    const bool all_glass = panel_.style == 3;
    const float wide = all_glass ? 0.46F : half * 0.85F, high = all_glass ? 0.44F : half * 0.9F;
    const float dx = absolute(x - 0.5F), dy = absolute(y - 0.52F), frame = 0.07F * bays_;
    if (dx > wide + frame || dy > high + frame) {
      const bool sill = dx < wide + 2 * frame && y < 0.52F - high && y > 0.52F - high - 2 * frame;
      return sill ? panel_.second * panel_.light * 0.95F : wall(s, h, pixel);
    }
    const bool cross = dx < frame * 0.4F || absolute(y - 0.6F) < frame * 0.4F;
    if (dx > wide || dy > high || (cross && panel_.style < 2)) return panel_.second * panel_.light;
    return glass(x, y, h, hash_at(column, row, panel_.seed));
  }

  // Dark, or mirroring the sky; curtains; light at dusk.
  Color glass(float x, float y, float h, std::uint32_t seed) const noexcept {
    const float kind = unit_of(seed);
    if (light_.lamps_on && kind < 0.4F) return Color{236, 196, 122} * (0.7F + 0.3F * unit_of(scrambled(seed)));
    const Color mirrored = mix(light_.sky_horizon, light_.sky_top, clamped(y));
    const float mirror =
        (panel_.style == 3 ? 0.55F : 0.22F) * (0.4F + 1.2F * clouds().at(x * 5 + h, y * 7 + kind * 99));
    Color color = mix(kGlass * panel_.light, mirrored, clamped(mirror));
    if (kind > 0.75F && absolute(x - 0.5F) > 0.12F) color = mix(color, Color{190, 182, 168} * panel_.light, 0.5F);
    return color;
  }

  Color shop(float x, float h, int column, float pixel) const noexcept {
    const std::uint32_t shop_seed = hash_at(floor_of(static_cast<float>(column) / 3), 77, panel_.seed);
    const Color sign = Color{60 + 150 * unit_of(shop_seed), 60 + 130 * unit_of(scrambled(shop_seed)),
                             60 + 140 * unit_of(scrambled(shop_seed + 1))};
    if (h > panel_.size[1] * 0.82F) {
      const bool letters = noise_at(floor_of(x * 16), floor_of(h * 6), shop_seed) < 0.4F && h < panel_.size[1] * 0.95F;
      return (letters ? mix(sign, Color{240, 236, 220}, 0.8F * detail(0.15F, pixel)) : sign) * panel_.light;
    }
    if (h < 0.45F || absolute(x - 0.5F) > 0.46F) return panel_.second * panel_.light * 0.8F;
    const float goods = clouds().at(x * 9 + static_cast<float>(column) * 13, h * 8);
    const Color inside = light_.lamps_on ? Color{214, 186, 130} : Color{70, 68, 66};
    return mix(glass(x, h * stories_, h, hash_at(column, 0, panel_.seed)), inside * (0.4F + goods), 0.55F);
  }

  Color door_color(float door, float h, std::uint32_t seed) const noexcept {
    if (door > 0.43F || h > 2.03F) return panel_.second * panel_.light;
    const Color leaf = {50 + 110 * unit_of(seed), 40 + 70 * unit_of(scrambled(seed)),
                        40 + 70 * unit_of(scrambled(seed + 9))};
    return leaf * panel_.light * (h > 1.3F && door < 0.25F ? 0.7F : 1.0F);
  }

  Color wall(float s, float h, float pixel) const noexcept {
    float tone = 0.82F + 0.36F * clouds().at(s * 1.7F + unit_of(panel_.seed) * 200, h * 2.3F);
    if (panel_.style == 0) {  // bricks: every other course is shifted
      const int course = floor_of(h * 13);
      const float brick = s * 4.4F + (course % 2 == 0 ? 0.0F : 0.5F);
      const bool joint = fraction_of(h * 13) < 0.16F || fraction_of(brick) < 0.08F;
      const float fade = detail(0.06F, pixel);
      if (joint)
        tone *= 1 + 0.18F * fade;
      else if (fade > 0.2F)
        tone *= 1 + 0.22F * fade * (noise_at(floor_of(brick), course, panel_.seed) - 0.5F);
    } else if (panel_.style == 2) {  // slabs
      const bool joint = fraction_of(s * 0.42F) < 0.02F || fraction_of(h * 0.67F) < 0.03F;
      tone *= joint ? 0.8F : 1.0F;
    }
    tone *= 0.86F + 0.14F * clamped(h * 0.7F);  // dirt near the ground
    return panel_.main * panel_.light * tone;
  }

  const Panel& panel_;
  const Light& light_;
  float bays_, stories_;  // in a metre
};

// Trees and roofs far away.
class Backdrop {
 public:
  Backdrop(const Panel& panel, const Light&) : panel_(panel) {}

  Hit hit(float s, float h, float) const noexcept {
    const float tree_line = panel_.top * (0.25F + 0.55F * clouds().at(s * 0.35F, 11));
    const int house = floor_of(s / 9);
    const float roof_line = panel_.top * (0.3F + 0.7F * noise_at(house, 3, panel_.seed));
    const bool wooded = clouds().at(s * 0.11F, 71) < panel_.size[0];
    if (h < tree_line && wooded) return {kTrees, Class::tree};
    return h < roof_line ? Hit{kHouses, Class::building} : Hit{};
  }

  Color shade(Hit hit, float s, float h, float) const noexcept {
    const float tone = 0.6F + 0.8F * clouds().at(s * 2, h * 3);
    if (hit.part == kTrees) return panel_.second * panel_.light * tone;
    const bool window = fraction_of(s / 2.5F) < 0.4F && fraction_of(h / 3) < 0.45F;
    return panel_.main * panel_.light * (window ? 0.6F : 0.9F + 0.2F * noise_at(floor_of(s / 9), 5, panel_.seed));
  }

 private:
  static constexpr int kTrees = 1, kHouses = 2;
  const Panel& panel_;
};

}  // namespace seg::street
