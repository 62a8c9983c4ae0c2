// SPDX-License-Identifier: Apache-2.0
// Materials of cars, vans and lorries, made of upright faces: the near end, the flank, and the windscreen behind a
// bonnet.
#pragma once
#include "dataset/street/material.h"

namespace seg::street {

// Paint mirrors the sky above and the road below.
inline Color paint_at(const Panel& panel, float up) noexcept {
  const float tone = 0.62F + 0.5F * clamped(up) + (up > 0.52F && up < 0.58F ? 0.12F : 0.0F);
  return panel.main * panel.light * tone + Color{8, 9, 11} * clamped(up);
}

inline Color window_at(const Panel& panel, const Light& light, float up, float along) noexcept {
  const float mirror =
      clamped(0.15F + 0.5F * up + 0.3F * (clouds().at(along * 9 + unit_of(panel.seed) * 50, up * 9) - 0.5F));
  return mix(kGlass * panel.light * 0.8F, light.sky_horizon, mirror * 0.6F);
}

class CarEnd {
 public:
  CarEnd(const Panel& panel, const Light& light)
      : panel_(panel), light_(light), half_((panel.xb - panel.xa) / 2), low_front_(panel.flag && panel.style == 0) {}

  Hit hit(float s, float h, float) const noexcept {
    const float x = absolute(s - half_) / half_;
    if (h < 0.36F && x > 0.62F && x < 0.94F) return {kTyre, Class::car};
    if (h < 0.2F) return {};
    if (x > body_half(h)) return {};
    return {part_at(x, h), Class::car};
  }

  Color shade(Hit hit, float s, float h, float) const noexcept {
    const float x = (s - half_) / half_, up = h / panel_.top;
    switch (hit.part) {
      case kTyre: return kRubber * panel_.light;
      case kWindow: return window_at(panel_, light_, up, x);
      case kLamp:
        return panel_.flag ? Color{230, 228, 214} * (light_.lamps_on ? 1.1F : 0.85F)
                           : Color{176, 22, 24} * (light_.lamps_on ? 1.25F : 0.8F);
      case kPlate: return (panel_.flag ? Color{216, 216, 210} : Color{214, 186, 60}) * panel_.light * 0.9F;
      case kDark: return Color{34, 35, 38} * panel_.light;
      default: return paint_at(panel_, up) * (1 - 0.18F * x * x);
    }
  }

 private:
  static constexpr int kBody = 1, kTyre = 2, kWindow = 3, kLamp = 4, kPlate = 5, kDark = 6;

  float body_half(float h) const noexcept {
    if (panel_.style == 2 || low_front_) return h > panel_.top - 0.08F ? 0.94F : 1.0F;
    const float waist = panel_.style == 1 ? 1.2F : 0.95F;
    const float lean = panel_.style == 1 ? 0.1F : 0.24F;
    return h < waist ? (h < 0.32F ? 0.94F : 1.0F) : 1 - lean * (h - waist) / (panel_.top - waist);
  }

  int part_at(float x, float h) const noexcept {
    if (low_front_) {
      if (h > 0.56F && h < 0.76F && x > 0.58F) return kLamp;
      if (h > 0.5F && h < 0.72F && x < 0.5F) return kDark;
      if (h > 0.36F && h < 0.48F && x < 0.28F) return kPlate;
      return h < 0.3F ? kDark : kBody;
    }
    const float sill = panel_.style == 0 ? 0.98F : panel_.style == 1 ? 1.15F : 1.4F;
    const float head = panel_.top - (panel_.style == 2 ? 0.55F : 0.14F);
    const bool has_window = panel_.style != 2 || panel_.flag || (panel_.seed & 1) != 0;
    if (h > sill && h < head && x < body_half(h) - 0.14F && has_window) return kWindow;
    if (h > 0.62F && h < (panel_.style == 0 ? 0.88F : 1.05F) && x > 0.74F) return kLamp;
    if (h > 0.46F && h < 0.6F && x < 0.3F) return kPlate;
    return h < 0.4F ? kDark : kBody;
  }

  const Panel& panel_;
  const Light& light_;
  float half_;
  bool low_front_;
};

// Seen above the bonnet of an oncoming car.
class CarCabin {
 public:
  CarCabin(const Panel& panel, const Light& light) : panel_(panel), light_(light), half_((panel.xb - panel.xa) / 2) {}

  Hit hit(float s, float h, float) const noexcept {
    const float x = absolute(s - half_) / half_;
    if (h < 0.5F || x > 1 - 0.3F * clamped((h - 0.85F) / (panel_.top - 0.85F))) return {};
    const bool glass = h > 0.95F && h < panel_.top - 0.1F && x < 0.88F - 0.3F * (h - 0.85F) / (panel_.top - 0.85F);
    return {glass ? kGlassPart : kBody, Class::car};
  }
  Color shade(Hit hit, float s, float h, float) const noexcept {
    const float up = h / panel_.top;
    if (hit.part == kGlassPart) return window_at(panel_, light_, up, s);
    return paint_at(panel_, h < 0.95F ? 1.1F : up);
  }

 private:
  static constexpr int kBody = 1, kGlassPart = 2;
  const Panel& panel_;
  const Light& light_;
  float half_;
};

class CarSide {
 public:
  CarSide(const Panel& panel, const Light& light)
      : panel_(panel), light_(light), length_(panel.size[0]), panel_scale_(panel.size[0] / panel.length()) {}

  Hit hit(float s, float h, float) const noexcept {
    const float g = from_front(s);
    const float front = 0.86F, rear = length_ - 0.86F, radius = panel_.style == 2 ? 0.45F : 0.33F;
    const float wheel = nearer(squared(g - front), squared(g - rear)) + squared(h - radius);
    if (wheel < squared(radius)) return {wheel < squared(radius * 0.6F) ? kHub : kTyre, Class::car};
    if (wheel < squared(radius + 0.07F)) return {kArch, Class::car};
    const float top = roof_at(g);
    if (h < 0.22F || h > top) return {};
    return {part_at(g, h, top), Class::car};
  }

  Color shade(Hit hit, float s, float h, float) const noexcept {
    const float up = h / panel_.top;
    switch (hit.part) {
      case kTyre: return kRubber * panel_.light;
      case kHub: return Color{128, 130, 134} * panel_.light;
      case kArch: return Color{20, 20, 22};
      case kWindow: return window_at(panel_, light_, up, s);
      case kSeam: return paint_at(panel_, up) * 0.7F;
      default: return paint_at(panel_, up);
    }
  }

 private:
  static constexpr int kBody = 1, kTyre = 2, kHub = 3, kArch = 4, kWindow = 5, kSeam = 6;

  static float nearer(float a, float b) noexcept { return a < b ? a : b; }
  float from_front(float s) const noexcept {
    const float along = s * panel_scale_;  // the street may bend, the car does not
    return panel_.flag ? along : length_ - along;
  }

  float roof_at(float g) const noexcept {
    if (panel_.style == 2) return panel_.top;
    const float bonnet = panel_.style == 1 ? 0.6F : 1.05F, rake = panel_.style == 1 ? 0.9F : 0.85F;
    const float nose = panel_.style == 1 ? 1.15F : 0.82F;
    if (g < bonnet) return nose + (0.98F - 0.82F) * g / bonnet;
    if (g < bonnet + rake) return mix(nose + 0.16F, panel_.top, (g - bonnet) / rake);
    const float to_rear = length_ - g;
    return to_rear < 0.6F && panel_.style == 0 ? panel_.top - 0.4F * squared((0.6F - to_rear) / 0.6F) : panel_.top;
  }

  int part_at(float g, float h, float top) const noexcept {
    const float sill = panel_.style == 0 ? 0.95F : panel_.style == 1 ? 1.15F : 1.35F;
    const float first = panel_.style == 2 ? 0.2F : 1.35F, last = panel_.style == 1 ? 2.4F : length_ - 0.35F;
    const bool pillar = absolute(fraction_of((g - first) / 1.25F) - 0.5F) > 0.46F;
    if (h > sill && h < top - (panel_.style == 2 ? 0.7F : 0.1F) && g > first && g < last && !pillar) return kWindow;
    const bool seam = fraction_of((g - first) / 1.25F) < 0.02F && h > 0.35F;
    return seam || h < 0.3F ? kSeam : kBody;
  }

  const Panel& panel_;
  const Light& light_;
  float length_, panel_scale_;
};

}  // namespace seg::street
