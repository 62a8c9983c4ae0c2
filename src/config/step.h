// SPDX-License-Identifier: Apache-2.0
// Keys of one optimizer step: accumulation, optimizer, learning rate.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/key.h"

namespace seg {

struct StepConfig {
  std::int64_t gradient_accumulation_steps = 1;
  bool exact_accumulation = true;
  std::string optimizer = "sgd";
  double lr_start = 0.005;
  std::optional<double> lr_multiplier;
  double momentum = 0.9;
  std::vector<double> adam_betas = {0.9, 0.999};
  double adam_eps = 1e-8;
  double weight_decay = 0.0005;
  std::int64_t warmup_iters = 1000;
  std::string lr_schedule = "poly";
  std::vector<double> lr_milestones = {0.6, 0.85};
  double lr_gamma = 0.1;
  double clip_grad_norm = 0;
  double ema_decay = 0;
  bool channels_last = true;
  bool cudnn_benchmark = true;
  bool cudnn_deterministic = false;
  std::string cuda_graph = "auto";
  bool use_sync_bn = false;

  template <class Self, class Visitor>
  static void fields(Self& c, Visitor&& visit) {
    visit(c.gradient_accumulation_steps, Key{.name = "gradient_accumulation_steps",
                                             .help = "micro-batches of one optimizer step",
                                             .effect = Effect::learned,
                                             .minimum = 1,
                                             .maximum = 65536});
    visit(c.exact_accumulation, Key{.name = "exact_accumulation",
                                    .help = "weight a micro-batch by its share of the step's pixels, not equally",
                                    .effect = Effect::learned});
    visit(c.optimizer, Key{.name = "optimizer",
                           .help = "sgd with momentum, or adamw",
                           .effect = Effect::learned,
                           .choices = {"sgd", "adamw"}});
    visit(c.lr_start, Key{.name = "lr_start",
                          .help = "the learning rate after the warm-up",
                          .effect = Effect::learned,
                          .minimum = 0,
                          .maximum = 100});
    visit(c.lr_multiplier, Key{.name = "lr_multiplier",
                               .help = "the heads' learning rate as a multiple of lr_start; auto: the model's own, 10",
                               .effect = Effect::learned,
                               .minimum = 0,
                               .maximum = 1000,
                               .absent = "auto"});
    visit(c.momentum,
          Key{.name = "momentum", .help = "of sgd", .effect = Effect::learned, .minimum = 0, .maximum = 0.9999});
    visit(c.adam_betas, Key{.name = "adam_betas",
                            .help = "of adamw: decay of its running means of the gradient and of its square",
                            .effect = Effect::learned,
                            .minimum = 0,
                            .maximum = 0.999999,
                            .length = 2});
    visit(c.adam_eps, Key{.name = "adam_eps",
                          .help = "of adamw: added to the root that the step is divided by",
                          .effect = Effect::learned,
                          .minimum = 0,
                          .maximum = 1});
    visit(c.weight_decay, Key{.name = "weight_decay",
                              .help = "of weights of convolutions, not of biases and normalisation; adamw's is "
                                      "decoupled from the gradient",
                              .effect = Effect::learned,
                              .minimum = 0,
                              .maximum = 1});
    visit(c.warmup_iters, Key{.name = "warmup_iters",
                              .help = "steps in which the rate grows from a tenth of lr_start",
                              .effect = Effect::learned,
                              .minimum = 0});
    visit(c.lr_schedule, Key{.name = "lr_schedule",
                             .help = "how the rate falls after the warm-up",
                             .effect = Effect::learned,
                             .choices = {"poly", "cosine", "step", "exp"}});
    visit(c.lr_milestones, Key{.name = "lr_milestones",
                               .help = "of lr_schedule step: the shares of the run after which the rate falls",
                               .effect = Effect::learned,
                               .minimum = 0,
                               .maximum = 1});
    visit(c.lr_gamma, Key{.name = "lr_gamma",
                          .help = "the factor by which the rate falls: of step at each milestone, of exp from the "
                                  "warm-up to the end",
                          .effect = Effect::learned,
                          .minimum = 0,
                          .maximum = 1});
    visit(c.clip_grad_norm, Key{.name = "clip_grad_norm",
                                .help = "the largest L2 norm of the gradient over all parameters; 0: off",
                                .effect = Effect::learned,
                                .minimum = 0});
    visit(c.ema_decay, Key{.name = "ema_decay",
                           .help = "decay of a running mean of the weights, which evaluations and the final weights "
                                   "then are; 0: off",
                           .effect = Effect::learned,
                           .minimum = 0,
                           .maximum = 0.999999});
    visit(c.channels_last, Key{.name = "channels_last",
                               .help = "channels are the innermost dimension in memory",
                               .effect = Effect::numeric});
    visit(c.cudnn_benchmark, Key{.name = "cudnn_benchmark",
                                 .help = "on a GPU: cuDNN times its algorithms at the start; not if deterministic",
                                 .effect = Effect::numeric});
    visit(c.cudnn_deterministic, Key{.name = "cudnn_deterministic",
                                     .help = "on a GPU: cuDNN uses deterministic algorithms only",
                                     .effect = Effect::numeric});
    visit(c.cuda_graph, Key{.name = "cuda_graph",
                            .help = "capture the step into a CUDA graph",
                            .effect = Effect::numeric,
                            .choices = {"auto", "on", "off"}});
    visit(c.use_sync_bn, Key{.name = "use_sync_bn",
                             .help = "batch normalisation over all devices; with one there is nothing to do",
                             .effect = Effect::statistical});
  }
};

}  // namespace seg
