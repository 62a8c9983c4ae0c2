// SPDX-License-Identifier: Apache-2.0
// The description of one synthetic street: what stands where, seen from a car. It knows no pixels, so it can be drawn
// at any size.
//
// Lengths are metres. X points to the right of the camera, Z ahead, h up from the ground; the camera stands at
// X = Z = 0. The middle of the road runs along X = road.x + road.slope Z + road.bend Z². Lengths in the image are
// measured in image heights. Plain data; make_street() is a pure function, the same on every platform.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "image/color.h"

namespace seg::street {

// The classes, in the order of their labels; `nothing` stands for the label that is ignored.
enum class Class : std::uint8_t {
  sky,
  building,
  pole,
  road,
  pavement,
  tree,
  sign,
  fence,
  car,
  pedestrian,
  bike,
  nothing
};
inline constexpr int kNumClasses = 11;
inline constexpr std::string_view kClassNames[kNumClasses] = {
    "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bike"};
inline constexpr Rgb kClassColors[kNumClasses] = {{70, 130, 180}, {128, 64, 64}, {230, 200, 90}, {128, 64, 128},
                                                  {244, 35, 232}, {60, 140, 50}, {250, 130, 30}, {140, 150, 190},
                                                  {0, 20, 200},   {220, 20, 60}, {20, 220, 220}};

// A colour while it is computed: 0 … 255, not yet clipped.
struct Color {
  float r = 0, g = 0, b = 0;
};
inline Color operator*(Color c, float k) noexcept { return {c.r * k, c.g * k, c.b * k}; }
inline Color operator*(Color c, Color k) noexcept { return {c.r * k.r, c.g * k.g, c.b * k.b}; }
inline Color operator+(Color a, Color b) noexcept { return {a.r + b.r, a.g + b.g, a.b + b.b}; }
inline Color mix(Color a, Color b, float t) noexcept {
  return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

struct Camera {
  float height = 1.5F;    // above the ground
  float horizon = 0.45F;  // below the upper edge of the image, in image heights
  float focal = 1;        // in image heights
};

struct Light {
  Color sky_top, sky_horizon, haze;
  float haze_distance = 400;        // at which half of a colour is haze
  float cloudiness = 0.5F;          // 0 … 1
  Color front, left, right, above;  // factors on what faces the camera, stands on the left, on the right, lies below
  Color shadow;                     // the factor on ground in shadow
  float shadow_side = 0;            // -1, +1: buildings of that side throw shadows on the street; 0: none do
  float shadow_reach = 0;           // metres of shadow for a metre of height
  bool lamps_on = false;
};

struct Road {
  float x = 0, slope = 0, bend = 0;
  float half_width = 4;
  float pavement = 2.5F;  // width, on both sides
  float verge = 0;        // width of the strip between pavement and building line
  bool grass = false;     // is the verge grass or paved?
  Color asphalt, paving;
  float patches = 0.5F;  // how uneven the asphalt looks
  bool yellow_edges = false, edge_lines = true, center_line = true;
  float crossing = -1;  // Z where a zebra crossing begins; below 0: there is none
  std::uint32_t seed = 0;

  float center(float z) const noexcept { return x + (slope + bend * z) * z; }
  float building_line() const noexcept { return half_width + pavement + verge; }
};

enum class Material : std::uint8_t {
  facade,
  backdrop,
  crown,
  hedge,
  lamp_post,
  sign_post,
  traffic_light,
  railing,
  planks,
  car_end,
  car_side,
  car_cabin,
  walker,
  rider,
  bicycle,
  bin,
  cone
};

// An upright rectangle between two points of the ground, from `bottom` to `top`; its material says what of it is seen.
// Ends are ordered from left to right on the screen, or by any order for the sides of bodies.
struct Panel {
  Material material = Material::facade;
  float xa = 0, za = 1, xb = 0, zb = 1;
  float bottom = 0, top = 1;
  Color light;         // the factor for the way it faces
  Color main, second;  // of walls and frames, coats and trousers, …
  float size[4] = {};  // what the material makes of it
  int style = 0;
  bool flag = false;
  std::uint32_t seed = 0;

  float length() const noexcept;
};

// Shadow or dirt on the ground: an ellipse.
struct Stain {
  float x = 0, z = 0, half_x = 1, half_z = 1;
  float strength = 0.5F;  // 0 … 1
};

struct BuildingShadow {
  float z_end = 0;  // up to this Z
  float reach = 0;  // from the building line into the street
};

struct Street {
  Camera camera;
  Light light;
  Road road;
  std::vector<Panel> panels;  // near ones first
  std::vector<Stain> stains;
  std::vector<BuildingShadow> shadows;  // of the side that light.shadow_side names, by rising Z
  bool bonnet = false;                  // of the car that carries the camera
  Color bonnet_color;
  float noise = 4;  // of the sensor
  float vignette = 0.1F;
  std::uint32_t seed = 0;
};

// Street `number` of the endless town `seed`.
Street make_street(std::uint64_t seed, std::uint64_t number);

}  // namespace seg::street
