// SPDX-License-Identifier: Apache-2.0
// Keys of evaluation: when, by which protocols, under which rules.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/key.h"

namespace seg {

struct EvaluationConfig {
  std::optional<std::int64_t> eval_interval;
  std::vector<std::string> eval_protocols{"ss"};
  std::vector<double> eval_scales{0.5, 0.75, 1, 1.25, 1.5, 1.75};
  bool eval_flip = true;
  std::optional<PixelSize> eval_crop;
  std::int64_t eval_ims_per_gpu = 1;
  std::optional<PixelSize> eval_start_shape;
  std::optional<std::int64_t> eval_start_shortside;
  std::optional<std::int64_t> eval_start_longside;
  std::string absent_class = "nan";
  bool boundary_metrics = true;
  std::optional<double> boundary_iou_width;
  double boundary_f1_tolerance = 0.0075;
  std::vector<double> trimap_radii{1, 3, 5, 9};
  std::string window_overlap = "divide";
  std::string mscf_rule = "mean_probability";
  std::string eval_resize = "half_pixel";
  std::string eval_pad = "pad";
  std::int64_t early_stop_patience = 0;
  double early_stop_min_delta = 0;
  std::string early_stop_metric = "ss.miou";

  template <class Self, class Visitor>
  static void fields(Self& c, Visitor&& visit) {
    visit(c.eval_interval,
          Key{.name = "eval_interval",
              .help = "steps between evaluations; 0: at the end only; auto: about ten a run and at most "
                      "5 % of the time",
              .minimum = 0,
              .absent = "auto"});
    visit(c.eval_protocols, Key{.name = "eval_protocols",
                                .help = "ss: whole images; ssc: windows; msf: scales and flips; mscf: all of these",
                                .choices = {"ss", "ssc", "msf", "mscf"}});
    visit(c.eval_scales, Key{.name = "eval_scales", .help = "of msf and mscf", .minimum = 0.05, .maximum = 20});
    visit(c.eval_flip, Key{.name = "eval_flip", .help = "msf and mscf also see mirror images"});
    visit(c.eval_crop, Key{.name = "eval_crop",
                           .help = "the window of ssc and mscf, [height, width], rounded up to multiples of 32; auto: "
                                   "cropsize",
                           .minimum = 32,
                           .maximum = 16384,
                           .absent = "auto"});
    visit(c.eval_ims_per_gpu, Key{.name = "eval_ims_per_gpu",
                                  .help = "images of equal size that ss evaluates together",
                                  .effect = Effect::numeric,
                                  .minimum = 1,
                                  .maximum = 4096});
    visit(c.eval_start_shape, Key{.name = "eval_start_shape",
                                  .help = "resize images to [height, width] before evaluation",
                                  .minimum = 1,
                                  .maximum = 16384});
    visit(c.eval_start_shortside, Key{.name = "eval_start_shortside",
                                      .help = "or resize their short side to this",
                                      .minimum = 1,
                                      .maximum = 16384});
    visit(c.eval_start_longside,
          Key{.name = "eval_start_longside", .help = "or their long side to this", .minimum = 1, .maximum = 16384});
    visit(c.absent_class, Key{.name = "absent_class",
                              .help = "metrics of a class that is nowhere: nan (not in means), zero, labelled_only "
                                      "(nor those that are only predicted), or reference (0; 1 is added to "
                                      "denominators)",
                              .choices = {"nan", "zero", "labelled_only", "reference"}});
    visit(c.boundary_metrics,
          Key{.name = "boundary_metrics", .help = "boundary IoU, boundary F1 and the IoU near boundaries as well"});
    visit(c.boundary_iou_width, Key{.name = "boundary_iou_width",
                                    .help = "of the bands of boundary IoU, as a share of the image's diagonal; auto: "
                                            "0.005 for CityScapes, 0.02 else",
                                    .minimum = 0,
                                    .maximum = 1,
                                    .absent = "auto"});
    visit(c.boundary_f1_tolerance, Key{.name = "boundary_f1_tolerance",
                                       .help = "how far boundaries may lie apart, as a share of the image's diagonal",
                                       .minimum = 0,
                                       .maximum = 1});
    visit(c.trimap_radii,
          Key{.name = "trimap_radii",
              .help = "distances in pixels from the labels' boundaries within which the mean IoU is told",
              .minimum = 0,
              .maximum = 254});
    visit(c.window_overlap,
          Key{.name = "window_overlap",
              .help = "where windows overlap: divide by their number, or sum at the scaled size as the reference does",
              .choices = {"divide", "sum"}});
    visit(c.mscf_rule, Key{.name = "mscf_rule",
                           .help = "how mscf joins an image and its mirror image",
                           .choices = {"mean_probability", "exp_of_probability"}});
    visit(c.eval_resize, Key{.name = "eval_resize",
                             .help = "where pixels lie when images are scaled: by their borders, or by corners' "
                                     "centres as the reference does",
                             .choices = {"half_pixel", "align_corners"}});
    visit(c.eval_pad, Key{.name = "eval_pad",
                          .help = "to a multiple of 32: pad and cut afterwards, or resize as the reference does",
                          .choices = {"pad", "resize"}});
    visit(c.early_stop_patience, Key{.name = "early_stop_patience",
                                     .help = "evaluations without progress before the run stops; 0: off",
                                     .minimum = 0});
    visit(c.early_stop_min_delta,
          Key{.name = "early_stop_min_delta", .help = "a smaller gain is no progress", .minimum = 0});
    visit(c.early_stop_metric, Key{.name = "early_stop_metric", .help = "what has to make progress"});
  }
};

}  // namespace seg
