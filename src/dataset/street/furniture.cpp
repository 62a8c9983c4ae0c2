// SPDX-License-Identifier: Apache-2.0
// Trees, hedges, fences, lamps, signs and bins along both sides.
#include <algorithm>

#include "dataset/street/layout.h"

namespace seg::street {
namespace {

Color leaf_color(Layout& layout) {
  return layout.color({{62, 96, 40}, {74, 104, 46}, {50, 82, 44}, {96, 110, 44}, {120, 100, 40}, {66, 88, 56}}, 0.14F);
}

void add_tree(Layout& layout, float across, float z) {
  const float height = layout.uniform(4.5F, 10), width = height * layout.uniform(0.5F, 0.85F);
  Panel tree = layout.facing(Material::crown, across, z, width, height);
  tree.main = leaf_color(layout);
  tree.second = layout.color({{84, 70, 56}, {70, 62, 54}, {104, 94, 82}}, 0.1F);
  tree.size[0] = height * layout.uniform(0.2F, 0.36F);  // where the crown begins
  tree.size[1] = layout.uniform(0.11F, 0.26F);          // half of the trunk
  tree.size[2] = layout.uniform(0.4F, 1.0F);            // how ragged the crown is
  layout.add(tree);
  layout.stain(across, z, width * 0.4F, width * 0.35F, height * 0.5F);
}

void add_trees(Layout& layout, float side) {
  if (layout.chance(0.3F)) return;
  const Road& road = layout.street.road;
  const bool on_verge = road.verge > 1.5F;
  const float across = on_verge ? road.half_width + road.pavement + road.verge / 2 : road.half_width + 0.7F;
  const float spacing = layout.uniform(8, 20);
  for (float z = layout.uniform(6, 18); z < kLastZ; z += spacing * layout.uniform(0.8F, 1.4F))
    if (layout.chance(0.8F)) add_tree(layout, side * (across + layout.uniform(-0.3F, 0.3F)), z);
}

// Fences and hedges between pavement and houses, or between road and pavement.
void add_barriers(Layout& layout, float side) {
  const Road& road = layout.street.road;
  for (float z = layout.uniform(kFirstZ, 14); z < 70;) {
    const float length = layout.uniform(5, 16);
    const bool at_kerb = layout.chance(0.25F);
    const float across = at_kerb ? road.half_width + 0.25F : road.building_line() - 0.1F;
    const int kind = at_kerb ? 0 : layout.below(3);
    if (layout.chance(0.75F)) {
      const Material material = kind == 0 ? Material::railing : kind == 1 ? Material::planks : Material::hedge;
      Panel barrier = layout.along(material, side * across, z, length, layout.uniform(1.0F, kind == 0 ? 1.4F : 2.0F));
      barrier.main =
          kind == 2 ? leaf_color(layout)
                    : layout.color({{64, 66, 68}, {40, 62, 46}, {168, 166, 160}, {130, 98, 66}, {96, 74, 56}}, 0.12F);
      barrier.style = layout.below(3);
      layout.add(barrier);
    }
    z += length + layout.uniform(0, 14);
  }
}

void add_lamps(Layout& layout, float side) {
  const float across = side * (layout.street.road.half_width + 0.45F), spacing = layout.uniform(13, 26);
  for (float z = layout.uniform(5, 5 + spacing); z < 80; z += spacing) {
    // The panel reaches from the shaft over the road.
    Panel lamp = layout.facing(Material::lamp_post, across - side * 0.9F, z, 2.2F, layout.uniform(5.5F, 8.5F));
    lamp.flag = side < 0;  // the shaft is on the left of the panel
    lamp.main = layout.color({{88, 92, 92}, {56, 60, 60}, {120, 122, 120}, {60, 76, 64}}, 0.1F);
    lamp.size[0] = layout.uniform(0.09F, 0.16F);  // half of the shaft
    lamp.style = layout.below(3);
    layout.add(lamp);
  }
}

void add_sign(Layout& layout, float across, float z) {
  Panel sign = layout.facing(Material::sign_post, across, z, 1.3F, layout.uniform(2.5F, 3.4F));
  sign.style = layout.below(6);
  sign.size[0] = layout.uniform(0.34F, 0.58F);  // half of the plate
  sign.size[1] = layout.uniform(0.045F, 0.08F);
  sign.main = layout.color({{112, 114, 116}, {80, 84, 86}}, 0.08F);
  layout.add(sign);
}

void add_signs(Layout& layout, float side) {
  const Road& road = layout.street.road;
  const int count = layout.between(1, 4);
  for (int i = 0; i < count; ++i) {
    const float across = side * (road.half_width + layout.uniform(0.4F, 0.9F));
    add_sign(layout, across, layout.near(5, 25));
  }
  if (road.crossing > 0 && layout.chance(0.7F)) {
    Panel lights =
        layout.facing(Material::traffic_light, side * (road.half_width + 0.5F), road.crossing - 0.6F, 0.7F, 3.2F);
    lights.style = layout.below(3);
    lights.main = {46, 50, 50};
    layout.add(lights);
  }
}

// Things of no class.
void add_clutter(Layout& layout, float side) {
  const Road& road = layout.street.road;
  const int count = layout.between(0, 3);
  for (int i = 0; i < count; ++i) {
    const bool cone = layout.chance(0.3F);
    const float across = side * (road.half_width + (cone ? layout.uniform(-0.8F, 0.3F) : layout.uniform(0.5F, 1.2F)));
    const float z = layout.uniform(5, 30), height = cone ? layout.uniform(0.6F, 0.9F) : layout.uniform(0.8F, 1.4F);
    Panel thing = layout.facing(cone ? Material::cone : Material::bin, across, z, height * 0.62F, height);
    thing.main =
        cone ? Color{224, 92, 30} : layout.color({{50, 84, 56}, {60, 60, 64}, {150, 40, 36}, {46, 66, 110}}, 0.12F);
    layout.add(thing);
    layout.stain(across, z, height * 0.4F, height * 0.3F, height);
  }
}

}  // namespace

void lay_out_plants_and_furniture(Layout& layout) {
  for (const float side : {-1.0F, 1.0F}) {
    add_trees(layout, side);
    add_barriers(layout, side);
    add_lamps(layout, side);
    add_signs(layout, side);
    add_clutter(layout, side);
  }
}

}  // namespace seg::street
