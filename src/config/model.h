// SPDX-License-Identifier: Apache-2.0
// Keys of the network.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/key.h"

namespace seg {

struct ModelConfig {
  std::string model_type = "bisenetv2";
  std::optional<std::int64_t> n_cats;
  std::optional<std::int64_t> num_aux_heads;
  std::optional<std::int64_t> in_channels;
  std::optional<double> dropout;
  std::string classifier_init = "fan_out";
  std::optional<std::vector<std::string>> passes;
  bool point_rend = false;
  std::int64_t point_rend_points = 2048;
  double point_rend_oversampling = 3;
  double point_rend_importance = 0.75;
  double point_rend_weight = 1;
  std::int64_t point_rend_steps = 2;
  std::optional<std::int64_t> point_rend_step_points;
  std::string point_rend_padding = "border";

  template <class Self, class Visitor>
  static void fields(Self& c, Visitor&& visit) {
    visit(c.model_type,
          Key{.name = "model_type", .help = "the network, a file of src/models", .effect = Effect::learned});
    visit(c.n_cats, Key{.name = "n_cats",
                        .help = "number of classes, the background counts as one; auto: as many as the data set knows",
                        .effect = Effect::learned,
                        .minimum = 2,
                        .maximum = 256,
                        .absent = "auto"});
    visit(c.num_aux_heads, Key{.name = "num_aux_heads",
                               .help = "auxiliary heads; auto and only possible: the model's own number",
                               .effect = Effect::learned,
                               .minimum = 0,
                               .maximum = 64,
                               .absent = "auto"});
    visit(c.in_channels, Key{.name = "in_channels",
                             .help = "channels of an image; auto: those of the data set",
                             .effect = Effect::learned,
                             .minimum = 1,
                             .maximum = 64,
                             .absent = "auto"});
    visit(c.dropout, Key{.name = "dropout",
                         .help = "share of values that dropout zeroes in training; auto: the model's own",
                         .effect = Effect::learned,
                         .minimum = 0,
                         .maximum = 0.99,
                         .absent = "auto"});
    visit(c.classifier_init,
          Key{.name = "classifier_init",
              .help =
                  "first weights of the convolutions that give the logits: fan_out, as the Python trainer, whose first "
                  "logits are large where classes are few; small, a twentieth of that",
              .effect = Effect::learned,
              .choices = {"fan_out", "small"}});
    visit(c.passes,
          Key{.name = "passes",
              .help = "passes over the network's graph, by name (`segtrain model --passes`), or none; auto: all "
                      "that help on this device; -name takes one out of these",
              .effect = Effect::numeric,
              .absent = "auto"});
    visit(c.point_rend,
          Key{.name = "point_rend", .help = "a second head that refines uncertain points", .effect = Effect::learned});
    visit(c.point_rend_points, Key{.name = "point_rend_points",
                                   .help = "points of an image in training",
                                   .effect = Effect::learned,
                                   .minimum = 1});
    visit(c.point_rend_oversampling, Key{.name = "point_rend_oversampling",
                                         .help = "candidates of a point that is chosen by its uncertainty",
                                         .effect = Effect::learned,
                                         .minimum = 1});
    visit(c.point_rend_importance, Key{.name = "point_rend_importance",
                                       .help = "share of points that is chosen by uncertainty, the rest is uniform",
                                       .effect = Effect::learned,
                                       .minimum = 0,
                                       .maximum = 1});
    visit(c.point_rend_weight, Key{.name = "point_rend_weight",
                                   .help = "weight of the loss at the points",
                                   .effect = Effect::learned,
                                   .minimum = 0});
    visit(c.point_rend_steps,
          Key{.name = "point_rend_steps", .help = "doublings of the map in evaluation", .minimum = 0, .maximum = 8});
    visit(c.point_rend_step_points, Key{.name = "point_rend_step_points",
                                        .help = "points that a doubling refines; auto: a 256th of the image's pixels",
                                        .minimum = 1,
                                        .absent = "auto"});
    visit(c.point_rend_padding,
          Key{.name = "point_rend_padding",
              .help = "what a point at the edge of a map sees beyond it: its border, or zeros as the Python codes do",
              .effect = Effect::learned,
              .choices = {"border", "zeros"}});
  }
};

}  // namespace seg
