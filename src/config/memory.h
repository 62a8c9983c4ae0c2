// SPDX-License-Identifier: Apache-2.0
// Keys of what happens when memory is short.
#pragma once
#include <optional>
#include <string>

#include "config/key.h"

namespace seg {

struct MemoryConfig {
  bool auto_batch = false;
  std::string on_oom = "split";
  std::optional<double> memory_limit;

  template <class Self, class Visitor>
  static void fields(Self& c, Visitor&& visit) {
    visit(c.auto_batch, Key{.name = "auto_batch",
                            .help = "search the largest ims_per_gpu that fits",
                            .effect = Effect::learned,
                            .built = false});
    visit(c.on_oom, Key{.name = "on_oom",
                        .help = "out of memory: split the same effective batch into smaller micro-batches, or fail",
                        .effect = Effect::statistical,
                        .choices = {"split", "fail"},
                        .built = false,
                        .built_values = {"fail"},
                        .harmless = true});
    visit(c.memory_limit, Key{.name = "memory_limit",
                              .help = "what the process may use, in GiB; auto: what is free, within the control group",
                              .minimum = 0.1,
                              .absent = "auto",
                              .built = false});
  }
};

}  // namespace seg
