// SPDX-License-Identifier: Apache-2.0
// Cars, people on foot and on bicycles.
#include <algorithm>

#include "dataset/street/layout.h"

namespace seg::street {
namespace {

enum class Heading { away, towards };  // of the camera

struct Car {
  float length = 4.2F, width = 1.78F, height = 1.48F;
  int style = 0;  // 0 car, 1 van, 2 lorry or bus
  Color paint;
};

Car draw_car(Layout& layout) {
  Car car;
  const float kind = layout.uniform(0, 1);
  car.paint = layout.color({{168, 170, 174},
                            {40, 42, 46},
                            {92, 96, 102},
                            {218, 218, 214},
                            {128, 22, 26},
                            {32, 54, 104},
                            {60, 76, 70},
                            {160, 132, 60},
                            {120, 126, 134}},
                           0.12F);
  if (kind < 0.74F) {
    car.length = layout.uniform(3.6F, 4.8F);
    car.height = layout.uniform(1.4F, 1.75F);
  } else if (kind < 0.92F) {
    car = {.length = layout.uniform(4.6F, 5.8F),
           .width = 1.95F,
           .height = layout.uniform(1.95F, 2.4F),
           .style = 1,
           .paint = car.paint};
    if (layout.chance(0.6F)) car.paint = layout.color({{214, 214, 210}}, 0.06F);
  } else {
    car = {.length = layout.uniform(7, 11),
           .width = 2.4F,
           .height = layout.uniform(2.8F, 3.4F),
           .style = 2,
           .paint = car.paint};
    if (layout.chance(0.4F)) car.paint = layout.color({{170, 30, 28}, {40, 90, 60}}, 0.08F);
  }
  return car;
}

void add_car(Layout& layout, const Car& car, float across, float z, Heading heading) {
  const bool towards = heading == Heading::towards;
  Panel end = layout.facing(Material::car_end, across, z, car.width, car.height);
  end.main = car.paint;
  end.flag = towards;
  end.style = car.style;
  const std::uint32_t seed = end.seed;
  if (towards && car.style == 0) {
    // A bonnet first, the windscreen behind it.
    Panel cabin = end;
    cabin.material = Material::car_cabin;
    cabin.za = cabin.zb = z + 1.1F;
    layout.add(cabin);
    end.top = 0.92F;
  }
  layout.add(end);
  // The side that the camera sees.
  const float side = across + layout.street.road.center(z) < 0 ? 1.0F : -1.0F;
  Panel flank = layout.along(Material::car_side, across + side * car.width / 2, z, car.length, car.height);
  flank.main = car.paint;
  flank.flag = towards;
  flank.style = car.style;
  flank.light = side < 0 ? layout.street.light.right : layout.street.light.left;
  flank.size[0] = car.length;
  flank.seed = seed;
  layout.add(flank);
  layout.stain(across, z + car.length / 2, car.width * 0.62F, car.length * 0.56F, car.height * 0.6F);
  layout.street.stains.push_back({.x = layout.x_at(across, z),
                                  .z = z + car.length / 2,
                                  .half_x = car.width * 0.54F,
                                  .half_z = car.length * 0.56F,
                                  .strength = 0.8F});
}

void add_parked_cars(Layout& layout, float side) {
  const Road& road = layout.street.road;
  if (road.half_width < 4 || !layout.chance(0.75F)) return;
  const float across = side * (road.half_width - 1.1F);
  const Heading heading = layout.chance(0.75F) == (road.x * side < 0) ? Heading::away : Heading::towards;
  float z = layout.near(3.5F, 15);
  const int count = layout.between(1, 6);
  for (int i = 0; i < count && z < 60; ++i) {
    const Car car = draw_car(layout);
    const bool over_crossing = road.crossing > 0 && z < road.crossing + 5 && z + car.length > road.crossing - 3;
    if (!over_crossing) add_car(layout, car, across + layout.uniform(-0.15F, 0.15F), z, heading);
    z += car.length + (layout.chance(0.25F) ? layout.uniform(4, 14) : layout.uniform(0.8F, 2.2F));
  }
}

void add_moving_cars(Layout& layout) {
  const Road& road = layout.street.road;
  const float own = -road.x / road.half_width > 0 ? 1.0F : -1.0F;  // on which half of the road the camera drives
  const float lane = road.half_width * 0.42F;
  if (layout.chance(0.65F)) {
    const Car car = draw_car(layout);
    add_car(layout, car, own * lane, layout.near(5.5F, 25), Heading::away);
  }
  float z = layout.near(4.5F, 26);
  const int oncoming = layout.between(0, 3);
  for (int i = 0; i < oncoming; ++i) {
    const Car car = draw_car(layout);
    add_car(layout, car, -own * lane, z, Heading::towards);
    z += car.length + layout.uniform(4, 25);
  }
}

void add_walker(Layout& layout, float across, float z) {
  const float height = layout.chance(0.15F) ? layout.uniform(1.0F, 1.4F) : layout.uniform(1.55F, 1.9F);
  Panel walker = layout.facing(Material::walker, across, z, height * 0.56F, height);
  walker.main = layout.color(
      {{40, 44, 54}, {130, 36, 38}, {196, 190, 178}, {52, 74, 116}, {88, 96, 70}, {176, 140, 60}, {110, 110, 114}},
      0.15F);
  walker.second = layout.color({{38, 40, 52}, {64, 62, 60}, {110, 96, 78}, {50, 58, 84}}, 0.15F);
  walker.size[0] = layout.uniform(0.25F, 1.0F);  // length of the step
  walker.size[1] = layout.uniform(0.0F, 1.0F);   // complexion
  walker.style = layout.below(4);
  walker.flag = layout.chance(0.5F);
  layout.add(walker);
  layout.stain(across, z, 0.3F, 0.22F, height * 0.7F);
}

void add_walkers(Layout& layout) {
  const Road& road = layout.street.road;
  for (const float side : {-1.0F, 1.0F}) {
    const int groups = layout.between(1, 5);
    for (int i = 0; i < groups; ++i) {
      const float z = layout.near(3.5F, 27), across = side * (road.half_width + layout.uniform(0.5F, road.pavement));
      const int members = layout.chance(0.3F) ? 2 : 1;
      for (int k = 0; k < members; ++k)
        add_walker(layout, across + static_cast<float>(k) * 0.6F,
                   z + static_cast<float>(k) * layout.uniform(-0.4F, 0.4F));
    }
  }
  if (road.crossing > 0 || layout.chance(0.2F)) {
    const float z = road.crossing > 0 ? road.crossing + 1.2F : layout.uniform(8, 25);
    const int count = layout.between(1, 2);
    for (int i = 0; i < count; ++i) {
      const float across = layout.uniform(-0.9F, 0.9F) * road.half_width;
      add_walker(layout, across, z + layout.uniform(-0.6F, 0.6F));
    }
  }
}

void add_bikes(Layout& layout) {
  const Road& road = layout.street.road;
  const int riders = layout.between(1, 4);
  for (int i = 0; i < riders; ++i) {
    const float side = layout.side(), across = side * (road.half_width - layout.uniform(0.5F, 1.2F));
    const float z = layout.near(4, 23), height = layout.uniform(1.65F, 1.85F);
    const bool from_the_side = layout.chance(0.4F);
    Panel bike = layout.facing(from_the_side ? Material::bicycle : Material::rider, across, z,
                               from_the_side ? 1.8F : 0.8F, height);
    bike.main = layout.color({{150, 40, 40}, {40, 60, 120}, {52, 54, 58}, {196, 176, 60}, {70, 110, 80}}, 0.15F);
    bike.second = layout.color({{44, 46, 56}, {70, 66, 60}}, 0.15F);
    bike.style = 1;  // with a rider
    bike.flag = layout.chance(0.5F);
    layout.add(bike);
    layout.stain(across, z, from_the_side ? 0.8F : 0.3F, from_the_side ? 0.2F : 0.7F, 1);
  }
  const int parked = layout.chance(0.55F) ? layout.between(2, 5) : 0;
  const float side = layout.side(), first = layout.near(4, 18);
  for (int i = 0; i < parked; ++i) {
    const float z = first + static_cast<float>(i) * 0.7F;
    const float across = side * (road.half_width + road.pavement * layout.uniform(0.6F, 0.8F));
    Panel bike = layout.facing(Material::bicycle, across, z, 1.8F, 1.1F);
    bike.main = layout.color({{120, 30, 34}, {30, 46, 90}, {40, 42, 44}, {150, 150, 150}}, 0.15F);
    bike.flag = layout.chance(0.5F);
    layout.add(bike);
    layout.stain(across, z, 0.8F, 0.15F, 0.5F);
  }
}

}  // namespace

void lay_out_traffic(Layout& layout) {
  add_parked_cars(layout, -1);
  add_parked_cars(layout, 1);
  add_moving_cars(layout);
  add_walkers(layout);
  add_bikes(layout);
}

}  // namespace seg::street
