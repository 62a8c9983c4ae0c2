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
                            .help = "in the place of ims_per_gpu, the largest that is forecast to fit into memory; the "
                                    "learning rate stays as it is",
                            .effect = Effect::learned});
    visit(c.on_oom, Key{.name = "on_oom",
                        .help = "out of memory, before step 1 by forecast or in a step: split the same effective batch "
                                "into smaller micro-batches, or fail",
                        .effect = Effect::statistical,
                        .choices = {"split", "fail"}});
    visit(c.memory_limit, Key{.name = "memory_limit",
                              .help = "what the process may use, in GiB; auto: what is free, within the control group "
                                      "and `ulimit -v`",
                              .minimum = 0.1,
                              .absent = "auto"});
  }
};

}  // namespace seg
