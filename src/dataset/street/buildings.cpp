// SPDX-License-Identifier: Apache-2.0
// Houses along both sides, and what closes the view at the end of the street.
#include <algorithm>

#include "dataset/street/layout.h"

namespace seg::street {
namespace {

// A kind of house, repeated until the street changes its character.
struct Terrace {
  int style = 0;  // of the facade material: 0 brick, 1 plaster, 2 concrete, 3 glass
  float width = 8, height = 7, setback = 0;
  Color wall, trim;
};

Terrace draw_terrace(Layout& layout) {
  Terrace terrace;
  terrace.style = layout.below(10);
  terrace.style = terrace.style < 4 ? 0 : terrace.style < 7 ? 1 : terrace.style < 9 ? 2 : 3;
  const bool tall = terrace.style >= 2;
  terrace.width = tall ? layout.uniform(11, 24) : layout.uniform(5, 11);
  terrace.height = tall ? layout.uniform(9, 21) : layout.uniform(5.5F, 11);
  terrace.setback = layout.uniform(0, 1.5F);
  switch (terrace.style) {
    case 0: terrace.wall = layout.color({{150, 88, 66}, {168, 110, 82}, {124, 78, 64}, {176, 146, 104}}, 0.12F); break;
    case 1:
      terrace.wall =
          layout.color({{214, 204, 184}, {196, 184, 160}, {188, 168, 140}, {170, 178, 182}, {222, 216, 208}}, 0.1F);
      break;
    case 2: terrace.wall = layout.color({{146, 144, 140}, {126, 124, 122}, {164, 158, 148}}, 0.1F); break;
    default: terrace.wall = layout.color({{96, 112, 126}, {84, 92, 98}, {112, 120, 116}}, 0.1F); break;
  }
  terrace.trim = layout.color({{226, 224, 218}, {84, 66, 52}, {54, 58, 62}, {190, 180, 162}}, 0.08F);
  return terrace;
}

Panel facade(Layout& layout, const Terrace& terrace, Panel panel) {
  panel.main = terrace.wall;
  panel.second = terrace.trim;
  panel.style = terrace.style;
  panel.size[0] = layout.uniform(1.9F, 3.4F);    // from window to window
  panel.size[1] = layout.uniform(2.7F, 3.3F);    // from floor to floor
  panel.size[2] = layout.uniform(0.42F, 0.66F);  // of both that is window
  panel.size[3] =
      terrace.style < 2 ? layout.uniform(0.6F, 1.8F) : layout.uniform(0.2F, 0.5F);  // height of the roof band
  panel.flag = layout.chance(terrace.style < 2 ? 0.3F : 0.5F);                      // a shop below
  return panel;
}

void add_house(Layout& layout, const Terrace& terrace, float side, float z, float width, float height) {
  const float line = side * (layout.street.road.building_line() + terrace.setback);
  Panel front = facade(layout, terrace, layout.along(Material::facade, line, z, width, height));
  layout.add(front);
  // The end wall, seen where the next house stands back or is missing: it runs away from the street.
  const float depth = layout.uniform(7, 11);
  Panel end = front;
  end.xa = std::min(front.xa, front.xa + side * depth);
  end.xb = std::max(front.xa, front.xa + side * depth);
  end.zb = end.za;
  end.light = layout.street.light.front;
  end.flag = false;
  end.size[2] *= layout.chance(0.5F) ? 0.0F : 0.8F;  // often without windows
  layout.add(end);
  if (layout.street.light.shadow_side == side)
    layout.street.shadows.push_back({.z_end = z + width, .reach = height * layout.street.light.shadow_reach});
}

void add_side(Layout& layout, float side) {
  const float gaps = layout.chance(0.3F) ? 0.35F : 0.1F;
  Terrace terrace = draw_terrace(layout);
  float z = kFirstZ;
  while (z < kLastZ) {
    if (layout.chance(0.35F)) terrace = draw_terrace(layout);
    if (z > 8 && layout.chance(gaps)) {
      const float gap = layout.uniform(3, 12);
      layout.street.shadows.push_back({.z_end = z + gap, .reach = 0});
      z += gap;
    }
    const float width = terrace.width * layout.uniform(0.9F, 1.1F);
    add_house(layout, terrace, side, z, width, terrace.height * layout.uniform(0.95F, 1.05F));
    z += width;
  }
}

}  // namespace

void lay_out_buildings(Layout& layout) {
  for (const float side : {-1.0F, 1.0F}) {
    const std::size_t before = layout.street.shadows.size();
    add_side(layout, side);
    // Gaps were noted for both sides; only those of the side of the sun matter.
    if (layout.street.light.shadow_side != side) layout.street.shadows.resize(before);
  }
  Panel backdrop = layout.facing(Material::backdrop, 0, kBackdropZ, 700, layout.uniform(10, 20));
  backdrop.main = layout.color({{120, 104, 92}, {104, 104, 106}, {140, 120, 104}}, 0.1F);
  backdrop.second = layout.color({{58, 82, 44}, {70, 86, 48}, {84, 84, 50}}, 0.1F);
  backdrop.size[0] = layout.uniform(0.2F, 0.8F);  // share of trees
  layout.add(backdrop);
}

}  // namespace seg::street
