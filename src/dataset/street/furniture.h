// SPDX-License-Identifier: Apache-2.0
// Materials of street furniture: lamps, signs, traffic lights, fences, and things of no class.
#pragma once
#include "dataset/street/material.h"

namespace seg::street {

// A round metal shaft: brighter in its middle.
inline Color shaft_color(const Panel& panel, float from_middle, float half) noexcept {
  return panel.main * panel.light * (1.15F - 0.5F * squared(from_middle / half));
}

class LampPost {
 public:
  LampPost(const Panel& panel, const Light& light) : panel_(panel), light_(light), width_(panel.xb - panel.xa) {}

  Hit hit(float s, float h, float) const noexcept {
    const float x = out(s);
    const float half = shaft_half(h);
    if (absolute(x - kShaft) < half && h < panel_.top - 0.1F) return {kPost, Class::pole};
    if (x < kShaft) return {};
    if (panel_.style == 0) {  // a lantern on top
      const bool lantern = x < kShaft + 0.28F && h > panel_.top - 0.75F;
      return lantern ? Hit{kLamp, Class::pole} : Hit{};
    }
    const float arm = panel_.top - 0.35F + 0.15F * (x - kShaft);
    if (x > 1.45F && absolute(h - arm) < 0.13F) return {kLamp, Class::pole};
    return absolute(h - arm) < 0.06F ? Hit{kPost, Class::pole} : Hit{};
  }

  Color shade(Hit hit, float s, float h, float) const noexcept {
    if (hit.part == kLamp)
      return light_.lamps_on ? Color{255, 226, 170} : mix(panel_.main * panel_.light, Color{200, 200, 196}, 0.45F);
    return shaft_color(panel_, out(s) - kShaft, shaft_half(h) + 0.02F);
  }

 private:
  static constexpr int kPost = 1, kLamp = 2;
  static constexpr float kShaft = 0.2F;  // from the panel's edge to the middle of the shaft

  float out(float s) const noexcept { return panel_.flag ? s : width_ - s; }  // metres out over the road
  float shaft_half(float h) const noexcept { return h < 1.1F ? panel_.size[0] * 1.5F : panel_.size[0]; }

  const Panel& panel_;
  const Light& light_;
  float width_;
};

class SignPost {
 public:
  SignPost(const Panel& panel, const Light&)
      : panel_(panel), half_(panel.size[0]), middle_(panel.top - panel.size[0]), center_((panel.xb - panel.xa) / 2) {}

  Hit hit(float s, float h, float) const noexcept {
    const float x = s - center_, y = h - middle_;
    if (inside(x, y, half_)) return {kPlate, Class::sign};
    return h < middle_ && absolute(x) < panel_.size[1] ? Hit{kPost, Class::pole} : Hit{};
  }

  Color shade(Hit hit, float s, float h, float) const noexcept {
    const float x = s - center_, y = h - middle_;
    if (hit.part == kPost) return shaft_color(panel_, x, panel_.size[1]);
    return plate(x, y) * panel_.light * 1.08F;
  }

 private:
  static constexpr int kPost = 1, kPlate = 2;
  static constexpr int kLimit = 0, kWarning = 1, kBlueDisc = 2, kBoard = 3, kStop = 4;

  bool inside(float x, float y, float half) const noexcept {
    switch (panel_.style) {
      case kLimit:
      case kBlueDisc: return x * x + y * y < half * half;
      case kWarning: return y > -half * 0.85F && absolute(x) < (half * 0.95F - y) * 0.56F;
      case kStop: return absolute(x) < half && absolute(y) < half && absolute(x) + absolute(y) < half * 1.42F;
      default: return absolute(x) < half && absolute(y) < half * 0.75F;
    }
  }

  Color plate(float x, float y) const noexcept {
    const bool rim = !inside(x * 1.3F, y * 1.3F, half_);
    const bool symbol = absolute(x) < half_ * 0.5F && absolute(y) < half_ * 0.4F &&
                        noise_at(floor_of(x * 7 / half_), floor_of(y * 5 / half_), panel_.seed) < 0.5F;
    switch (panel_.style) {
      case kLimit:
      case kWarning: return rim ? Color{190, 26, 32} : symbol ? Color{24, 24, 26} : Color{226, 226, 222};
      case kBlueDisc: return symbol ? Color{230, 230, 230} : Color{24, 72, 160};
      case kStop: return symbol ? Color{230, 226, 222} : rim ? Color{220, 210, 206} : Color{182, 22, 30};
      case kBoard: return symbol || rim ? Color{224, 226, 220} : Color{22, 96, 62};
      default: return symbol ? Color{24, 24, 28} : rim ? Color{30, 30, 34} : Color{226, 190, 40};
    }
  }

  const Panel& panel_;
  float half_, middle_, center_;
};

class TrafficLight {
 public:
  TrafficLight(const Panel& panel, const Light&) : panel_(panel), center_((panel.xb - panel.xa) / 2) {}

  Hit hit(float s, float h, float) const noexcept {
    const float x = absolute(s - center_);
    if (x < 0.22F && h > panel_.top - 1.05F) return {kHousing, Class::sign};
    return x < 0.07F ? Hit{kPost, Class::pole} : Hit{};
  }

  Color shade(Hit hit, float s, float h, float) const noexcept {
    const float x = s - center_;
    if (hit.part == kPost) return shaft_color(panel_, x, 0.08F);
    constexpr Color kOn[3] = {{70, 236, 150}, {250, 180, 50}, {250, 50, 40}};  // from below
    const float y = (h - panel_.top + 1.05F) / 0.35F;
    const int lens = floor_of(y);
    const bool is_lens = squared(x / 0.13F) + squared((y - static_cast<float>(lens) - 0.5F) / 0.37F) < 1;
    if (!is_lens) return panel_.main * panel_.light * 0.7F;
    return lens == panel_.style ? kOn[panel_.style] : Color{44, 40, 38};
  }

 private:
  static constexpr int kPost = 1, kHousing = 2;
  const Panel& panel_;
  float center_;
};

// Bars or a mesh with air between them.
class Railing {
 public:
  Railing(const Panel& panel, const Light&) : panel_(panel) {}

  Hit hit(float s, float h, float pixel) const noexcept {
    const float thick = pixel > 0.06F ? pixel * 0.5F : 0.03F;
    const bool rail = h > panel_.top - 0.02F - thick || absolute(h - 0.18F) < thick * 0.7F;
    const bool post = fraction_of(s / 2) < (0.05F + thick) / 2;
    const float period = panel_.style == 0 ? 0.13F : panel_.style == 1 ? 0.4F : 0.22F;
    const bool bar = panel_.style == 2 ? crossed(s, h, period, thick * 0.6F) : fraction_of(s / period) * period < thick;
    return {rail || post || (bar && h > 0.15F) ? kBar : kSeeThrough, Class::fence};
  }
  Color shade(Hit, float s, float h, float) const noexcept {
    return panel_.main * panel_.light * (0.75F + 0.5F * clouds().at(s * 4, h * 4));
  }

 private:
  static constexpr int kBar = 1;
  static bool crossed(float s, float h, float period, float thick) noexcept {
    return fraction_of((s + h) / period) * period < thick || fraction_of((s - h) / period) * period < thick;
  }
  const Panel& panel_;
};

class Planks {
 public:
  Planks(const Panel& panel, const Light&) : panel_(panel) {}

  Hit hit(float s, float h, float) const noexcept {
    const float plank = s / kPlank;
    const float top = panel_.top - 0.06F * noise_at(floor_of(plank), 1, panel_.seed);
    return h < top ? Hit{1, Class::fence} : Hit{};
  }
  Color shade(Hit, float s, float h, float pixel) const noexcept {
    const float plank = s / kPlank;
    const float fade = detail(kPlank, pixel);
    const float tone = 1 + fade * 0.4F * (noise_at(floor_of(plank), 2, panel_.seed) - 0.5F);
    const float gap = fraction_of(plank) < 0.12F ? 1 - 0.6F * fade : 1.0F;
    return panel_.main * panel_.light * (tone * gap * (0.8F + 0.35F * clouds().at(s * 18, h * 2.5F)));
  }

 private:
  static constexpr float kPlank = 0.16F;
  const Panel& panel_;
};

class Bin {
 public:
  Bin(const Panel& panel, const Light&) : panel_(panel), half_((panel.xb - panel.xa) / 2) {}

  Hit hit(float s, float h, float) const noexcept {
    const float x = absolute(s - half_), lid = panel_.top * 0.88F;
    return x < (h > lid ? half_ : half_ * (0.78F + 0.16F * h / lid)) ? Hit{1, Class::nothing} : Hit{};
  }
  Color shade(Hit, float s, float h, float) const noexcept {
    const float round = 1.1F - 0.4F * squared((s - half_) / half_);
    const float lid = h > panel_.top * 0.88F ? 0.7F : 1.0F;
    const float ridge = fraction_of(s * 11) < 0.3F ? 0.88F : 1.0F;
    return panel_.main * panel_.light * (round * lid * ridge);
  }

 private:
  const Panel& panel_;
  float half_;
};

class Cone {
 public:
  Cone(const Panel& panel, const Light&) : panel_(panel), half_((panel.xb - panel.xa) / 2) {}

  Hit hit(float s, float h, float) const noexcept {
    const float x = absolute(s - half_), y = h / panel_.top;
    return x < half_ * (y < 0.08F ? 1.0F : 0.62F * (1.06F - y)) ? Hit{1, Class::nothing} : Hit{};
  }
  Color shade(Hit, float, float h, float) const noexcept {
    const float y = h / panel_.top;
    const bool stripe = (y > 0.4F && y < 0.58F) || (y > 0.72F && y < 0.84F);
    return (stripe ? Color{226, 226, 222} : panel_.main) * panel_.light;
  }

 private:
  const Panel& panel_;
  float half_;
};

}  // namespace seg::street
