// SPDX-License-Identifier: Apache-2.0
// Keys of the number formats that training computes in.
#pragma once
#include <cstdint>
#include <string>

#include "config/key.h"

namespace seg {

struct PrecisionConfig {
  bool use_fp16 = true;
  std::string precision = "auto";
  double loss_scale_init = 65536;
  double loss_scale_growth = 2;
  double loss_scale_backoff = 0.5;
  std::int64_t loss_scale_interval = 2000;
  bool allow_tf32 = true;

  template <class Self, class Visitor>
  static void fields(Self& c, Visitor&& visit) {
    visit(c.use_fp16,
          Key{.name = "use_fp16",
              .help = "the best half precision of the device: bf16, on a GPU without it fp16; none on a CPU without",
              .effect = Effect::numeric});
    visit(c.precision, Key{.name = "precision",
                           .help = "wins over use_fp16; auto: as use_fp16 says; fp16 needs a GPU",
                           .effect = Effect::numeric,
                           .choices = {"auto", "fp32", "bf16", "fp16"}});
    visit(c.loss_scale_init, Key{.name = "loss_scale_init",
                                 .help = "what fp16 multiplies the loss by at first, lest gradients vanish",
                                 .effect = Effect::numeric,
                                 .minimum = 1});
    visit(c.loss_scale_growth, Key{.name = "loss_scale_growth",
                                   .help = "factor after loss_scale_interval good steps",
                                   .effect = Effect::numeric,
                                   .minimum = 1.0001});
    visit(c.loss_scale_backoff, Key{.name = "loss_scale_backoff",
                                    .help = "factor after an overflow, whose step is skipped",
                                    .effect = Effect::numeric,
                                    .minimum = 0.0001,
                                    .maximum = 0.9999});
    visit(c.loss_scale_interval, Key{.name = "loss_scale_interval",
                                     .help = "good steps before the scale grows",
                                     .effect = Effect::numeric,
                                     .minimum = 1});
    visit(c.allow_tf32,
          Key{.name = "allow_tf32", .help = "TensorFloat-32 for fp32 on GPUs that have it", .effect = Effect::numeric});
  }
};

}  // namespace seg
