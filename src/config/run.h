// SPDX-License-Identifier: Apache-2.0
// Keys of the run as a whole: where it goes, how long it lasts, on what it runs and from which weights it starts.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "config/key.h"

namespace seg {

struct RunConfig {
  std::string preset = "none";
  std::string respth = "./res";
  std::int64_t seed = 0;
  std::string device = "auto";
  std::int64_t devices = 1;
  std::optional<std::int64_t> threads;
  bool deterministic = false;
  std::optional<std::int64_t> max_iter;
  std::optional<double> max_epochs;
  std::optional<double> max_hours;
  std::optional<std::string> backbone_from;
  std::optional<std::string> finetune_from;
  bool sanity_check = true;

  template <class Self, class Visitor>
  static void fields(Self& c, Visitor&& visit) {
    visit(c.preset, Key{.name = "preset",
                        .help = "a named base that explicit keys win over",
                        .choices = {"none", "fast", "low-memory", "max", "reference"}});
    visit(c.respth, Key{.name = "respth", .help = "the run folder"});
    visit(c.seed,
          Key{.name = "seed", .help = "of every random number of the run", .effect = Effect::learned, .minimum = 0});
    visit(c.device, Key{.name = "device",
                        .help = "what computes; auto: cuda where this build and machine have it",
                        .effect = Effect::numeric,
                        .choices = {"auto", "cpu", "cuda"}});
    visit(c.devices, Key{.name = "devices",
                         .help = "devices that share the work, one process each",
                         .effect = Effect::learned,
                         .minimum = 1,
                         .maximum = 4096});
    visit(c.threads, Key{.name = "threads",
                         .help = "compute threads; auto: the usable processors less the loader's share",
                         .effect = Effect::numeric,
                         .minimum = 1,
                         .maximum = 1024,
                         .absent = "auto"});
    visit(c.deterministic,
          Key{.name = "deterministic",
              .help = "the same config and number of threads give the same bits: always so on a CPU; slower "
                      "on a GPU",
              .effect = Effect::numeric});
    visit(c.max_iter, Key{.name = "max_iter",
                          .help = "optimizer steps of the run (this or max_epochs)",
                          .effect = Effect::learned,
                          .minimum = 1});
    visit(c.max_epochs, Key{.name = "max_epochs",
                            .help = "passes over the training list; becomes max_iter, rounded up",
                            .effect = Effect::learned,
                            .minimum = 0.001});
    visit(c.max_hours, Key{.name = "max_hours",
                           .help = "hours after which this part of the run saves and stops with exit code 75",
                           .minimum = 0.0001});
    visit(c.backbone_from,
          Key{.name = "backbone_from",
              .help = "weights of a trained backbone to start from, .pth or .safetensors: torchvision's "
                      "resnet18 for bisenetv1, the reference's backbone_v2.pth for bisenetv2",
              .effect = Effect::learned});
    visit(
        c.finetune_from,
        Key{.name = "finetune_from",
            .help = "a file of weights to start from, .pth or .safetensors: all that fits by name and shape, the rest "
                    "is listed",
            .effect = Effect::learned});
    visit(c.sanity_check,
          Key{.name = "sanity_check",
              .help = "before step 1: make a few steps with a network that is thrown away, evaluate two images, write "
                      "and read back a checkpoint; and refuse a run that is forecast to need more memory than there "
                      "is, of which false only warns"});
  }
};

}  // namespace seg
