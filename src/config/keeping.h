// SPDX-License-Identifier: Apache-2.0
// Keys of what is kept of a run.
#pragma once
#include <cstdint>
#include <optional>

#include "config/key.h"

namespace seg {

struct KeepingConfig {
  std::optional<std::int64_t> checkpoint_interval;
  std::int64_t keep_checkpoints = 2;
  bool save_best = true;

  template <class Self, class Visitor>
  static void fields(Self& c, Visitor&& visit) {
    visit(c.checkpoint_interval, Key{.name = "checkpoint_interval",
                                     .help = "steps between checkpoints; auto: about every 10 minutes and at each "
                                             "evaluation",
                                     .minimum = 1,
                                     .absent = "auto"});
    visit(c.keep_checkpoints,
          Key{.name = "keep_checkpoints", .help = "the newest ones that are kept", .minimum = 1, .maximum = 100000});
    visit(c.save_best, Key{.name = "save_best", .help = "keep the checkpoint with the best evaluation, too"});
  }
};

}  // namespace seg
