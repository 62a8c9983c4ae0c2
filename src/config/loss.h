// SPDX-License-Identifier: Apache-2.0
// Keys of the loss.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "config/key.h"

namespace seg {

struct LossConfig {
  std::string loss = "ohem";
  double ohem_thresh = 0.7;
  double ohem_min_kept = 0.0625;
  std::variant<std::string, std::vector<double>> class_weights = "none";
  double label_smoothing = 0;
  double focal_gamma = 2;
  double aux_weight = 1;
  std::string on_nan = "stop";

  template <class Self, class Visitor>
  static void fields(Self& c, Visitor&& visit) {
    visit(c.loss, Key{.name = "loss",
                      .help = "ohem, ce, dice, focal, lovasz, or a sum such as `ohem + 0.5*dice`",
                      .effect = Effect::learned});
    visit(c.ohem_thresh, Key{.name = "ohem_thresh",
                             .help = "pixels whose class has a smaller probability than this are hard",
                             .effect = Effect::learned,
                             .minimum = 0.0001,
                             .maximum = 1});
    visit(c.ohem_min_kept, Key{.name = "ohem_min_kept",
                               .help = "the share of valid pixels that is kept at least, the hardest",
                               .effect = Effect::learned,
                               .minimum = 0,
                               .maximum = 1});
    visit(c.class_weights,
          Key{.name = "class_weights",
              .help = "none, median_frequency (of the training labels), or a list with the weight of each class",
              .effect = Effect::learned,
              .minimum = 0,
              .choices = {"none", "median_frequency"}});
    visit(c.label_smoothing, Key{.name = "label_smoothing",
                                 .help = "share of the target that is spread over all classes",
                                 .effect = Effect::learned,
                                 .minimum = 0,
                                 .maximum = 0.99});
    visit(c.focal_gamma, Key{.name = "focal_gamma",
                             .help = "focal: how much less pixels count whose class is already likely; 0: as ce",
                             .effect = Effect::learned,
                             .minimum = 0,
                             .maximum = 10});
    visit(c.aux_weight, Key{.name = "aux_weight",
                            .help = "weight of each auxiliary head's loss",
                            .effect = Effect::learned,
                            .minimum = 0});
    visit(c.on_nan, Key{.name = "on_nan",
                        .help = "a loss that is not finite: stop, and name the batch and the last good checkpoint",
                        .choices = {"stop"}});
  }
};

}  // namespace seg
