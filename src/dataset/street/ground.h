// SPDX-License-Identifier: Apache-2.0
// What is seen where nothing stands: the ground (road, pavement, verge) and the sky.
//
// Pure functions of a street and a point; thread-safe.
#pragma once
#include "dataset/street/material.h"

namespace seg::street {

// One row of the image meets the ground at one distance.
struct GroundRow {
  float z = 1;        // distance
  float center = 0;   // X of the road's middle there
  float pixel = 0;    // width of a pixel there
  float pixel_z = 0;  // length of a pixel there, along Z
  float shadow = 0;   // reach of the buildings' shadow
  float seam = 0;     // where a seam of tar crosses it, from the road's middle
  float dash = 0;     // share of the row that the middle line's dashes cover
};

class Ground {
 public:
  explicit Ground(const Street& street) : street_(street), road_(street.road), light_(street.light) {}

  GroundRow row_at(float z, float pixel, float pixel_z) const noexcept;
  Class class_at(const GroundRow& row, float x) const noexcept;
  Color color_at(const GroundRow& row, Class surface, float x) const noexcept;  // surface: class_at() the same place

 private:
  Color asphalt(const GroundRow& row, float x, float across) const noexcept;
  float white_share(const GroundRow& row, float across) const noexcept;  // of a pixel, covered by paint
  float yellow_share(const GroundRow& row, float across) const noexcept;
  Color paving(const GroundRow& row, float x, float across) const noexcept;
  Color grass(const GroundRow& row, float x) const noexcept;

  const Street& street_;
  const Road& road_;
  const Light& light_;
};

// u to the right of the image's middle, `up` above the horizon, both in image heights.
Color sky_color(const Street& street, float u, float up) noexcept;

}  // namespace seg::street
