// SPDX-License-Identifier: Apache-2.0
#include "dataset/street/ground.h"

#include <algorithm>

namespace seg::street {
namespace {

constexpr float kKerb = 0.16F, kLine = 0.065F;  // width; half a width
constexpr float kDash = 3, kDashPeriod = 8;
constexpr float kCrossingLength = 2.8F, kStripe = 0.5F;
constexpr Color kPaint{206, 206, 198}, kYellowPaint{196, 160, 52}, kGrass{84, 108, 52};

// Share of a pixel of this size that a band of half width `half`, `distance` from its middle, covers.
float cover(float distance, float half, float pixel) noexcept {
  const float reach = half + pixel / 2 - absolute(distance);
  if (reach <= 0) return 0;  // nearly always
  return clamped(reach / pixel) * std::min(1.0F, 2 * half / pixel);
}

}  // namespace

GroundRow Ground::row_at(float z, float pixel, float pixel_z) const noexcept {
  GroundRow row{.z = z, .center = road_.center(z), .pixel = pixel, .pixel_z = pixel_z};
  const float along = absolute(fraction_of(z / kDashPeriod) - 0.5F) * kDashPeriod;
  row.dash = pixel_z > kDashPeriod / 2 ? kDash / kDashPeriod : cover(along, kDash / 2, pixel_z);
  row.seam = 1.2F * clouds().at(z * 0.7F, unit_of(road_.seed) * NoiseSheet::kSide) - 2.0F;
  for (const BuildingShadow& shadow : street_.shadows)
    if (z < shadow.z_end) {
      row.shadow = shadow.reach;
      break;
    }
  return row;
}

Class Ground::class_at(const GroundRow& row, float x) const noexcept {
  const float across = absolute(x - row.center);
  if (across < road_.half_width) return Class::road;
  if (across < road_.half_width + road_.pavement || !road_.grass) return Class::pavement;
  return Class::tree;
}

Color Ground::color_at(const GroundRow& row, Class surface, float x) const noexcept {
  const float across = x - row.center;
  Color color;
  switch (surface) {
    case Class::road: color = asphalt(row, x, across); break;
    case Class::pavement: color = paving(row, x, across); break;
    default: color = grass(row, x); break;
  }
  color = color * light_.above;
  if (row.shadow > 0) {
    const float from_buildings = road_.building_line() - light_.shadow_side * across;
    const float inside = clamped((row.shadow - from_buildings) / (0.25F + 1.5F * row.pixel));
    color = color * mix(Color{1, 1, 1}, light_.shadow, inside);
  }
  return color;
}

Color Ground::asphalt(const GroundRow& row, float x, float across) const noexcept {
  const float offset = unit_of(road_.seed) * NoiseSheet::kSide, from_middle = absolute(across);
  const float broad = clouds().at(across * 0.9F + offset, row.z * 0.16F), fine = clouds().at(x * 7, row.z * 5 + offset);
  float tone = 0.92F + 0.34F * road_.patches * (broad - 0.5F) + 0.18F * (fine - 0.5F);
  const float grain_size = detail(0.025F, row.pixel);
  if (grain_size > 0.1F)
    tone += 0.22F * grain_size * (noise_at(floor_of(x * 40), floor_of(row.z * 40), road_.seed) - 0.5F);
  // Wheels polish two tracks in each lane; the gutter is dirty.
  const float lane = absolute(from_middle - road_.half_width * 0.45F);
  tone *= 1 - 0.08F * clamped(1 - absolute(lane - 0.75F) * 3);
  tone *= 1 - 0.2F * clamped(1 - (road_.half_width - from_middle) * 2);
  tone *= 1 - 0.25F * cover(across - row.seam, 0.05F, row.pixel) * road_.patches;
  const Color color = road_.asphalt * tone;
  const float white = white_share(row, across), yellow = yellow_share(row, across);
  if (white + yellow <= 0) return color;
  const float worn = 0.55F + 0.45F * clouds().at(x * 3, row.z * 2);
  return mix(mix(color, kPaint, white * worn), kYellowPaint, yellow * worn);
}

float Ground::white_share(const GroundRow& row, float across) const noexcept {
  if (road_.crossing > 0) {
    const float into = row.z - road_.crossing;
    const float length = cover(into - kCrossingLength / 2, kCrossingLength / 2, row.pixel_z);
    const float stop_line = cover(into + 1.2F, 0.15F, row.pixel_z);
    if (length > 0) {
      const float stripe = absolute(fraction_of(across / (2 * kStripe)) - 0.5F) * 2 * kStripe;
      const float share = row.pixel > kStripe ? 0.5F : cover(stripe, kStripe / 2, row.pixel);
      return share * length;
    }
    if (stop_line > 0) return stop_line;
  }
  float share = road_.center_line ? cover(across, kLine, row.pixel) * row.dash : 0.0F;
  if (road_.edge_lines) share = std::max(share, cover(road_.half_width - absolute(across) - 0.35F, kLine, row.pixel));
  return share;
}

float Ground::yellow_share(const GroundRow& row, float across) const noexcept {
  if (!road_.yellow_edges) return 0;
  const float from_edge = road_.half_width - absolute(across);
  return clamped(cover(from_edge - 0.3F, 0.05F, row.pixel) + cover(from_edge - 0.5F, 0.05F, row.pixel));
}

Color Ground::paving(const GroundRow& row, float x, float across) const noexcept {
  const float from_road = absolute(across) - road_.half_width;
  const float tone =
      0.86F + 0.28F * clouds().at(x * 2.1F + 60, row.z * 2.1F) +
      0.12F * (noise_at(floor_of(x * 30), floor_of(row.z * 30), road_.seed) - 0.5F) * detail(0.03F, row.pixel);
  if (from_road < kKerb) return road_.paving * (1.22F * tone) + Color{12, 12, 12};
  constexpr float kSlab = 0.62F;
  const int slab_x = floor_of(from_road / kSlab), slab_z = floor_of(row.z / kSlab);
  const float joint = std::max(cover(fraction_of(from_road / kSlab) * kSlab, 0.02F, row.pixel),
                               cover(fraction_of(row.z / kSlab) * kSlab, 0.02F, row.pixel_z));
  const float slab = 1 + 0.14F * (noise_at(slab_x, slab_z, road_.seed) - 0.5F) * detail(kSlab, row.pixel_z);
  return road_.paving * (tone * slab * (1 - 0.35F * joint));
}

Color Ground::grass(const GroundRow& row, float x) const noexcept {
  const float blades = noise_at(floor_of(x * 28), floor_of(row.z * 9), road_.seed) - 0.5F;
  const float tone = 0.55F + 0.7F * clouds().at(x * 4, row.z * 3) + 0.35F * blades * detail(0.04F, row.pixel);
  return mix(kGrass, Color{130, 118, 70}, 0.7F * clouds().at(x * 0.7F + 9, row.z * 0.7F)) * tone;
}

Color sky_color(const Street& street, float u, float up) noexcept {
  const Light& light = street.light;
  const float rise = clamped(up / 0.5F);
  Color color = mix(light.sky_horizon, light.sky_top, rise * (2 - rise));
  // Clouds lie in a plane, so they grow flatter and closer towards the horizon.
  const float far = 1 / (up + 0.1F), offset = unit_of(street.seed) * NoiseSheet::kSide;
  const float large = clouds().at(u * far * 7 + offset, far * 9), small = clouds().at(u * far * 22, far * 26 + offset);
  const float density = large * 0.72F + small * 0.28F;
  const float amount = clamped((density - 0.86F + 0.62F * light.cloudiness) * 3.2F);
  const float belly = clamped(0.62F + 0.8F * (small - 0.4F));
  const float white = light.lamps_on ? 0.62F : 1.0F;
  const Color cloud = mix(light.sky_horizon, Color{246, 246, 248} * white, 0.6F) * (0.78F + 0.24F * belly);
  return mix(color, cloud, amount * (0.55F + 0.4F * rise));
}

}  // namespace seg::street
