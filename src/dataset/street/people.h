// SPDX-License-Identifier: Apache-2.0
// Materials of people on foot and on bicycles.
#pragma once
#include "dataset/street/material.h"

namespace seg::street {

inline Color skin_color(float complexion) noexcept { return mix(Color{224, 178, 150}, Color{96, 64, 46}, complexion); }
inline Color hair_color(std::uint32_t seed) noexcept {
  return mix(Color{34, 26, 22}, Color{150, 116, 70}, unit_of(seed));
}

// Folds and the round of a body.
inline Color cloth(const Panel& panel, Color color, float x, float h) noexcept {
  const float tone = 0.72F + 0.4F * clouds().at(x * 14 + unit_of(panel.seed) * 90, h * 9) - 0.8F * x * x;
  return color * panel.light * tone;
}

class Walker {
 public:
  Walker(const Panel& panel, const Light&)
      : panel_(panel), half_((panel.xb - panel.xa) / 2), scale_(1.75F / panel.top) {}

  // Measured as if the person were 1.75 m tall.
  Hit hit(float s, float h, float) const noexcept {
    const float x = (panel_.flag ? s - half_ : half_ - s) * scale_, y = h * scale_;
    const float head = squared(x) + squared((y - 1.62F) * 0.85F);
    if (head < squared(0.11F))
      return {y > 1.66F || (panel_.style == 1 && x < -0.03F) ? kHair : kSkin, Class::pedestrian};
    if (y > 1.48F && y < 1.6F && absolute(x) < 0.055F) return {kSkin, Class::pedestrian};
    const float step = panel_.size[0] * 0.22F;
    if (y > 0.78F && y < 1.5F) {
      const float shoulder = y > 1.42F ? 0.2F - (y - 1.42F) * 1.2F : 0.17F + 0.03F * (y - 0.78F);
      if (absolute(x) < shoulder) return {kCoat, Class::pedestrian};
      const float swing = step * 0.6F * (1.45F - y);
      const bool arm = absolute(x - (0.22F + swing)) < 0.05F || absolute(x + (0.22F + swing)) < 0.05F;
      if (arm) return {y < 0.86F ? kSkin : kCoat, Class::pedestrian};
      if (panel_.style == 2 && x > 0 && x < 0.42F && y < 1.1F) return {kBag, Class::pedestrian};
      return {};
    }
    if (y >= 0.78F) return {};
    const float down = 0.78F - y;
    if (panel_.style == 3 && y > 0.4F)
      return absolute(x) < 0.17F + down * 0.25F ? Hit{kCoat, Class::pedestrian} : Hit{};
    const float reach = 0.07F + step * down, thick = 0.085F - 0.035F * down;
    if (absolute(x - reach) < thick || absolute(x + reach) < thick || down < 0.08F)
      return absolute(x) < 0.4F ? Hit{y < 0.08F ? kShoe : kLegs, Class::pedestrian} : Hit{};
    return {};
  }

  Color shade(Hit hit, float s, float h, float) const noexcept {
    const float x = s - half_;
    switch (hit.part) {
      case kSkin: return skin_color(panel_.size[1]) * panel_.light;
      case kHair: return hair_color(panel_.seed) * panel_.light;
      case kCoat: return cloth(panel_, panel_.main, x, h);
      case kLegs: return cloth(panel_, panel_.second, x, h);
      case kBag: return cloth(panel_, mix(panel_.second, panel_.main, 0.4F) * 0.7F, x, h);
      default: return Color{30, 28, 28} * panel_.light;
    }
  }

 private:
  static constexpr int kSkin = 1, kHair = 2, kCoat = 3, kLegs = 4, kShoe = 5, kBag = 6;
  const Panel& panel_;
  float half_, scale_;
};

// A cyclist from behind or from the front.
class Rider {
 public:
  Rider(const Panel& panel, const Light&)
      : panel_(panel), half_((panel.xb - panel.xa) / 2), scale_(1.75F / panel.top) {}

  Hit hit(float s, float h, float) const noexcept {
    const float x = absolute(s - half_) * scale_, y = h * scale_;
    if (x < 0.035F && y < 0.68F) return {kTyre, Class::bike};
    if (squared(x) + squared((y - 1.62F) * 0.85F) < squared(0.115F)) return {y > 1.64F ? kHelmet : kSkin, Class::bike};
    if (y > 0.86F && y < 1.5F && x < 0.15F + 0.08F * clamped((y - 0.9F) / 0.5F)) return {kCoat, Class::bike};
    if (y > 0.98F && y < 1.42F && absolute(x - 0.25F) < 0.05F) return {kCoat, Class::bike};
    if (absolute(y - 1.0F) < 0.03F && x < 0.32F) return {kFrame, Class::bike};
    if (y > 0.28F && y < 0.9F && absolute(x - 0.13F) < 0.075F) return {y < 0.36F ? kTyre : kLegs, Class::bike};
    if (absolute(y - 0.3F) < 0.025F && x < 0.2F) return {kFrame, Class::bike};
    return {};
  }

  Color shade(Hit hit, float s, float h, float) const noexcept {
    const float x = s - half_;
    switch (hit.part) {
      case kTyre: return kRubber * panel_.light * 1.2F;
      case kHelmet:
        return mix(hair_color(panel_.seed), Color{200, 60, 40}, unit_of(scrambled(panel_.seed))) * panel_.light;
      case kSkin: return skin_color(unit_of(scrambled(panel_.seed + 3))) * panel_.light;
      case kCoat: return cloth(panel_, panel_.main, x, h);
      case kLegs: return cloth(panel_, panel_.second, x, h);
      default: return Color{90, 92, 94} * panel_.light;
    }
  }

 private:
  static constexpr int kTyre = 1, kHelmet = 2, kSkin = 3, kCoat = 4, kLegs = 5, kFrame = 6;
  const Panel& panel_;
  float half_, scale_;
};

// A bicycle from the side; with style 1 somebody rides it.
class Bicycle {
 public:
  Bicycle(const Panel& panel, const Light&)
      : panel_(panel),
        half_((panel.xb - panel.xa) / 2),
        ridden_(panel.style == 1),
        scale_(ridden_ ? 1.75F / panel.top : 1.0F) {}

  Hit hit(float s, float h, float pixel) const noexcept {
    const Point p = {(panel_.flag ? s - half_ : half_ - s) * scale_, h * scale_};
    if (ridden_) {
      const int part = rider_part(p);
      if (part != 0) return {part, Class::bike};
    }
    const float thin = squared(0.022F + pixel * 0.3F);
    const Point saddle = {-0.2F, 0.92F}, pedals = {-0.06F, 0.3F}, head = {0.36F, 0.88F}, bar = {0.4F, 1.02F};
    const Point rear = {-0.52F, 0.34F}, front = {0.52F, 0.34F};
    if (squared_distance(p, rear, pedals) < thin || squared_distance(p, pedals, saddle) < thin ||
        squared_distance(p, pedals, head) < thin || squared_distance(p, saddle, head) < thin ||
        squared_distance(p, rear, saddle) < thin || squared_distance(p, head, front) < thin ||
        squared_distance(p, head, bar) < thin)
      return {kFrame, Class::bike};
    if (squared_distance(p, {-0.32F, 0.96F}, {-0.1F, 0.96F}) < squared(0.035F)) return {kTyre, Class::bike};
    const float a = squared(p.x - rear.x) + squared(p.y - rear.y), b = squared(p.x - front.x) + squared(p.y - front.y);
    const float wheel = a < b ? a : b;
    if (wheel > squared(0.34F)) return {};
    return {wheel > squared(0.295F - pixel * 0.3F) ? kTyre : kSeeThrough, Class::bike};
  }

  Color shade(Hit hit, float s, float h, float) const noexcept {
    const float x = s - half_;
    switch (hit.part) {
      case kTyre: return kRubber * panel_.light * 1.2F;
      case kFrame: return panel_.main * panel_.light;
      case kSkin: return skin_color(unit_of(scrambled(panel_.seed + 3))) * panel_.light;
      case kHair: return hair_color(panel_.seed) * panel_.light;
      case kCoat: return cloth(panel_, mix(panel_.main, Color{120, 120, 120}, 0.3F), x * 0.6F, h);
      default: return cloth(panel_, panel_.second, x * 0.6F, h);
    }
  }

 private:
  static constexpr int kTyre = 1, kFrame = 2, kSkin = 3, kHair = 4, kCoat = 5, kLegs = 6;

  static int rider_part(Point p) noexcept {
    const Point hip = {-0.18F, 0.98F}, shoulder = {0.16F, 1.42F};
    const float head = squared(p.x - 0.26F) + squared(p.y - 1.61F);
    if (head < squared(0.115F)) return p.y > 1.63F ? kHair : kSkin;
    if (squared_distance(p, hip, shoulder) < squared(0.12F)) return kCoat;
    if (squared_distance(p, shoulder, {0.42F, 1.04F}) < squared(0.05F)) return kCoat;
    if (squared_distance(p, hip, {0.12F, 0.72F}) < squared(0.08F)) return kLegs;
    return squared_distance(p, {0.12F, 0.72F}, {-0.03F, 0.28F}) < squared(0.06F) ? kLegs : 0;
  }

  const Panel& panel_;
  float half_;
  bool ridden_;
  float scale_;
};

}  // namespace seg::street
