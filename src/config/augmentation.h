// SPDX-License-Identifier: Apache-2.0
// Keys of what happens to a training image before the network sees it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/key.h"

namespace seg {

struct AugmentationConfig {
  std::vector<double> scales{0.5, 2};
  PixelSize cropsize{.height = 512, .width = 1024};
  double flip = 0.5;
  double flip_vertical = 0;
  double rot90 = 0;
  std::vector<double> color_jitter{0.4, 0.4, 0.4};
  double gamma = 0;
  double blur = 0;
  double noise = 0;
  double foreground_crops = 0;
  double crop_max_class_share = 1;
  std::string crop_rule = "uniform";
  std::optional<std::int64_t> pad_label;
  std::optional<double> jitter_pivot;
  std::string jitter_rounding = "round";
  bool jitter_padding = false;

  template <class Self, class Visitor>
  static void fields(Self& c, Visitor&& visit) {
    visit(c.scales, Key{.name = "scales",
                        .help = "the smallest and the largest random scale",
                        .effect = Effect::learned,
                        .minimum = 0.05,
                        .maximum = 20,
                        .length = 2});
    visit(c.cropsize, Key{.name = "cropsize",
                          .help = "what the network is trained on, [height, width] or one number for a square",
                          .effect = Effect::learned,
                          .minimum = 32,
                          .maximum = 16384});
    visit(c.flip, Key{.name = "flip",
                      .help = "probability of a mirror image",
                      .effect = Effect::learned,
                      .minimum = 0,
                      .maximum = 1});
    visit(c.flip_vertical, Key{.name = "flip_vertical",
                               .help = "probability of a flip upside down",
                               .effect = Effect::learned,
                               .minimum = 0,
                               .maximum = 1});
    visit(c.rot90, Key{.name = "rot90",
                       .help = "probability of a rotation by 90, 180 or 270 degrees, before all else",
                       .effect = Effect::learned,
                       .minimum = 0,
                       .maximum = 1});
    visit(c.color_jitter, Key{.name = "color_jitter",
                              .help = "brightness, contrast and saturation each change by a factor of up to 1 +- this",
                              .effect = Effect::learned,
                              .minimum = 0,
                              .maximum = 1,
                              .length = 3});
    visit(c.gamma, Key{.name = "gamma",
                       .help = "strength of a random gamma curve: the exponent is from 1 / (1 + this) to 1 + this",
                       .effect = Effect::learned,
                       .minimum = 0,
                       .maximum = 1});
    visit(c.blur, Key{.name = "blur",
                      .help = "probability of a slight blur, up to the binomial filter 1 2 1",
                      .effect = Effect::learned,
                      .minimum = 0,
                      .maximum = 1});
    visit(c.noise, Key{.name = "noise",
                       .help = "largest standard deviation of random noise, as a share of the largest pixel value",
                       .effect = Effect::learned,
                       .minimum = 0,
                       .maximum = 1});
    visit(c.foreground_crops,
          Key{.name = "foreground_crops",
              .help = "share of crops that are placed on a pixel of a class that is rare in the image",
              .effect = Effect::learned,
              .minimum = 0,
              .maximum = 1});
    visit(c.crop_max_class_share, Key{.name = "crop_max_class_share",
                                      .help = "a crop with a larger share of one class is placed anew, up to 8 times",
                                      .effect = Effect::learned,
                                      .minimum = 0.01,
                                      .maximum = 1});
    visit(c.crop_rule, Key{.name = "crop_rule",
                           .help = "reference: pads half of the gap + 1 on both sides, the last offset never occurs",
                           .effect = Effect::learned,
                           .choices = {"uniform", "reference"}});
    visit(c.pad_label, Key{.name = "pad_label",
                           .help = "the label around an image that is smaller than the crop",
                           .effect = Effect::learned,
                           .minimum = 0,
                           .maximum = 255,
                           .absent = "lb_ignore"});
    visit(c.jitter_pivot, Key{.name = "jitter_pivot",
                              .help = "the grey value that contrast turns on; mean: the data set's mean x 255",
                              .effect = Effect::learned,
                              .minimum = 0,
                              .maximum = 255,
                              .absent = "mean"});
    visit(c.jitter_rounding, Key{.name = "jitter_rounding",
                                 .help = "truncate: towards zero after each of the three changes",
                                 .effect = Effect::learned,
                                 .choices = {"round", "truncate"}});
    visit(
        c.jitter_padding,
        Key{.name = "jitter_padding", .help = "padding changes its colour with the image", .effect = Effect::learned});
  }
};

}  // namespace seg
