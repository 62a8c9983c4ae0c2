// SPDX-License-Identifier: Apache-2.0
// Keys of distance maps and what is learned from them.
#pragma once
#include <cstdint>
#include <string>

#include "config/key.h"

namespace seg {

struct BoundariesConfig {
  std::string distance_map = "off";
  std::int64_t distance_map_radius = 32;
  double boundary_weight = 0;
  double boundary_sigma = 5;
  bool distance_head = false;
  double distance_head_weight = 1;
  double distance_head_limit = 16;
  std::string point_source = "uncertainty";

  template <class Self, class Visitor>
  static void fields(Self& c, Visitor&& visit) {
    visit(c.distance_map, Key{.name = "distance_map",
                              .help = "each pixel's distance to the next boundary of a class",
                              .choices = {"off", "online", "cache"}});
    visit(c.distance_map_radius, Key{.name = "distance_map_radius",
                                     .help = "distances beyond this many pixels are equal",
                                     .effect = Effect::learned,
                                     .minimum = 1,
                                     .maximum = 32});
    visit(c.boundary_weight, Key{.name = "boundary_weight",
                                 .help = "how much more a pixel on a boundary counts in the loss",
                                 .effect = Effect::learned,
                                 .minimum = 0});
    visit(c.boundary_sigma, Key{.name = "boundary_sigma",
                                .help = "the distance in pixels over which that falls off",
                                .effect = Effect::learned,
                                .minimum = 0.1});
    visit(c.distance_head,
          Key{.name = "distance_head", .help = "a head that learns the distance map", .effect = Effect::learned});
    visit(c.distance_head_weight, Key{.name = "distance_head_weight",
                                      .help = "weight of that head's loss",
                                      .effect = Effect::learned,
                                      .minimum = 0});
    visit(c.distance_head_limit, Key{.name = "distance_head_limit",
                                     .help = "distances beyond this many pixels are equal for that head",
                                     .effect = Effect::learned,
                                     .minimum = 1,
                                     .maximum = 31});
    visit(c.point_source, Key{.name = "point_source",
                              .help = "where point_rend takes its training points from",
                              .effect = Effect::learned,
                              .choices = {"uncertainty", "boundary", "mixed"}});
  }
};

}  // namespace seg
