// SPDX-License-Identifier: Apache-2.0
// What the materials of panels have in common.
//
// A material is a small struct made from a panel, with two functions of a point on it (s metres along it from its first
// end, h metres above the ground; `pixel` is the size of a pixel there, in metres):
//   Hit hit(s, h, pixel)           which part is there, if any, and of which class: all that labels need
//   Color shade(hit, s, h, pixel)  the colour of that part, before haze
#pragma once
#include "dataset/street/noise.h"
#include "dataset/street/street.h"

namespace seg::street {

struct Hit {
  int part = 0;  // 0: nothing, one sees what is behind
  Class label = Class::nothing;
  explicit operator bool() const noexcept { return part != 0; }
};

// Counts for the class (as annotators draw around a fence or a wheel), but shows what is behind.
inline constexpr int kSeeThrough = 255;

inline constexpr Color kGlass{46, 54, 62}, kRubber{26, 26, 28};

inline float squared(float x) noexcept { return x * x; }

// Squared distance of (x, y) from the line between a and b.
struct Point {
  float x, y;
};
inline float squared_distance(Point p, Point a, Point b) noexcept {
  const float dx = b.x - a.x, dy = b.y - a.y;
  const float t = clamped(((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy));
  return squared(p.x - a.x - t * dx) + squared(p.y - a.y - t * dy);
}

// Detail fades out where it would be smaller than a pixel.
inline float detail(float size, float pixel) noexcept { return clamped(size / (pixel * 1.5F)); }

}  // namespace seg::street
