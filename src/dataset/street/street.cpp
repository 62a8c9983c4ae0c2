// SPDX-License-Identifier: Apache-2.0
#include "dataset/street/street.h"

#include <algorithm>
#include <cmath>

#include "dataset/street/layout.h"

namespace seg::street {
namespace {

void lay_out_camera_and_road(Layout& layout) {
  Street& street = layout.street;
  street.camera = {.height = layout.uniform(1.25F, 2.1F),
                   .horizon = layout.uniform(0.36F, 0.52F),
                   .focal = layout.uniform(0.85F, 1.15F)};
  Road& road = street.road;
  road.half_width = layout.uniform(3.2F, 5.6F);
  road.pavement = layout.uniform(2.0F, 4.2F);
  road.verge = layout.chance(0.45F) ? layout.uniform(0.8F, 4.5F) : 0.15F;
  road.grass = layout.chance(0.6F);
  // The camera drives in the middle of its lane, on the left or on the right of the road.
  const float lane_side = layout.side();
  road.x = lane_side * road.half_width * layout.uniform(0.35F, 0.6F);
  road.slope = layout.uniform(-0.06F, 0.06F);
  road.bend = layout.chance(0.6F) ? layout.uniform(-0.0022F, 0.0022F) : 0.0F;
  road.asphalt = layout.color({{92, 93, 97}, {78, 80, 86}, {112, 110, 108}, {100, 98, 104}}, 0.08F);
  road.paving = layout.color({{152, 148, 142}, {134, 132, 130}, {160, 140, 126}, {122, 120, 122}}, 0.08F);
  road.patches = layout.uniform(0.2F, 1.0F);
  road.yellow_edges = layout.chance(0.35F);
  road.edge_lines = layout.chance(0.4F);
  road.center_line = layout.chance(0.85F);
  if (layout.chance(0.3F)) road.crossing = layout.uniform(6.0F, 22.0F);
  road.seed = layout.seed();
  street.bonnet = layout.chance(0.25F);
  street.bonnet_color = layout.color({{60, 62, 66}, {150, 20, 24}, {28, 50, 90}, {170, 172, 176}}, 0.1F);
  street.seed = layout.seed();
}

}  // namespace

float Panel::length() const noexcept { return std::sqrt((xb - xa) * (xb - xa) + (zb - za) * (zb - za)); }

Color Layout::color(std::initializer_list<Color> choices, float spread) noexcept {
  const Color base = choices.begin()[below(static_cast<int>(choices.size()))];
  const float all = uniform(1 - spread, 1 + spread);
  return base *
         Color{all * uniform(1 - spread / 2, 1 + spread / 2), all, all * uniform(1 - spread / 2, 1 + spread / 2)};
}

Panel Layout::facing(Material material, float across, float z, float width, float height) noexcept {
  Panel panel;
  panel.material = material;
  panel.xa = x_at(across, z) - width / 2;
  panel.xb = panel.xa + width;
  panel.za = panel.zb = z;
  panel.top = height;
  panel.light = street.light.front;
  panel.seed = seed();
  return panel;
}

Panel Layout::along(Material material, float across, float z, float length, float height) noexcept {
  Panel panel;
  panel.material = material;
  panel.xa = x_at(across, z);
  panel.za = z;
  panel.xb = x_at(across, z + length);
  panel.zb = z + length;
  panel.top = height;
  panel.light = across < 0 ? street.light.left : street.light.right;
  panel.seed = seed();
  return panel;
}

void Layout::stain(float across, float z, float half_x, float half_z, float height) noexcept {
  const Light& light = street.light;
  const float sunny = light.shadow_reach > 0 ? 1.0F : 0.0F;
  const float reach = std::min(light.shadow_reach * height, 4.0F) * sunny;
  // Away from the sun by half of the shadow's length, and longer by as much.
  street.stains.push_back({.x = x_at(across, z) - light.shadow_side * reach / 2,
                           .z = z,
                           .half_x = half_x + reach / 2,
                           .half_z = half_z,
                           .strength = sunny > 0 ? 0.55F : 0.35F});
}

Street make_street(std::uint64_t seed, std::uint64_t number) {
  Street street;
  Layout layout(street, seed, number);
  lay_out_light(layout);
  lay_out_camera_and_road(layout);
  lay_out_buildings(layout);
  lay_out_plants_and_furniture(layout);
  lay_out_traffic(layout);
  std::ranges::stable_sort(street.panels, {}, [](const Panel& panel) { return std::min(panel.za, panel.zb); });
  return street;
}

}  // namespace seg::street
