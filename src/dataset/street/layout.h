// SPDX-License-Identifier: Apache-2.0
// What the parts of make_street() share: the street so far and the numbers that decide about it.
//
// The order of the draws decides what the street looks like, so no expression may hold two of them whose order the
// language leaves open (arguments of a call, operands); a statement for each, or a braced list.
#pragma once
#include <cstdint>
#include <initializer_list>

#include "base/random.h"
#include "dataset/street/street.h"

namespace seg::street {

class Layout {
 public:
  Layout(Street& to_fill, std::uint64_t seed, std::uint64_t number)
      : street(to_fill), random_(seed, RandomStream::synthetic, number) {}

  Street& street;

  float uniform(float low, float high) noexcept { return static_cast<float>(random_.uniform(low, high)); }
  // Within the same bounds, but rather near the lower one: what is near is seen larger, and there is more to learn.
  float near(float low, float high) noexcept {
    const float t = uniform(0, 1);
    return low + (high - low) * t * t;
  }
  bool chance(float probability) noexcept { return uniform(0, 1) < probability; }
  int below(int count) noexcept { return static_cast<int>(random_.below(static_cast<std::uint64_t>(count))); }
  int between(int low, int high) noexcept { return low + below(high - low + 1); }  // both inclusive
  float side() noexcept { return chance(0.5F) ? 1.0F : -1.0F; }
  std::uint32_t seed() noexcept { return random_.bits(); }
  Color color(std::initializer_list<Color> choices, float spread) noexcept;  // one of them, varied

  // X of a point `across` metres to the right of the road's middle.
  float x_at(float across, float z) const noexcept { return street.road.center(z) + across; }

  // A panel that faces the camera, `width` wide around the point, standing on the ground.
  Panel facing(Material material, float across, float z, float width, float height) noexcept;
  // A panel along the street from z to z + length, in the light of its side.
  Panel along(Material material, float across, float z, float length, float height) noexcept;
  void add(const Panel& panel) { street.panels.push_back(panel); }
  // What darkens the ground under and beside a thing.
  void stain(float across, float z, float half_x, float half_z, float height) noexcept;

 private:
  Random random_;
};

void lay_out_light(Layout& layout);
void lay_out_buildings(Layout& layout);
void lay_out_plants_and_furniture(Layout& layout);
void lay_out_traffic(Layout& layout);

inline constexpr float kFirstZ = 2.0F;  // nothing stands nearer
inline constexpr float kLastZ = 95.0F;  // the built street ends
inline constexpr float kBackdropZ = 140.0F;

}  // namespace seg::street
