// SPDX-License-Identifier: Apache-2.0
// Keys of the loader: how many samples, by how many threads, how far ahead.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "config/key.h"

namespace seg {

struct LoaderConfig {
  std::int64_t ims_per_gpu = 8;
  std::optional<std::int64_t> num_workers;
  bool pin_memory = true;
  bool persistent_workers = true;
  std::optional<std::int64_t> prefetch_factor;
  std::string cache = "off";
  std::optional<std::string> cache_dir;
  std::optional<double> cache_budget_gb;

  template <class Self, class Visitor>
  static void fields(Self& c, Visitor&& visit) {
    visit(c.ims_per_gpu, Key{.name = "ims_per_gpu",
                             .help = "images of a micro-batch on each device",
                             .effect = Effect::learned,
                             .minimum = 1,
                             .maximum = 65536});
    visit(c.num_workers, Key{.name = "num_workers",
                             .help = "decode threads; 0: in the training thread; auto: by the usable processors",
                             .minimum = 0,
                             .maximum = 256,
                             .absent = "auto"});
    visit(c.pin_memory, Key{.name = "pin_memory",
                            .help = "page-locked batches for faster copies to a GPU; a CPU has no use for them"});
    visit(c.persistent_workers,
          Key{.name = "persistent_workers", .help = "the workers are threads that always live as long as the run"});
    visit(c.prefetch_factor, Key{.name = "prefetch_factor",
                                 .help = "steps that are prepared ahead, whatever the number of workers; auto: 2 or "
                                         "more, by the workers, how unevenly samples decode, and the memory to spare",
                                 .minimum = 1,
                                 .maximum = 64,
                                 .absent = "auto"});
    visit(c.cache, Key{.name = "cache",
                       .help = "where decoded images are kept after their first use; auto: where it pays, by their "
                               "size, the cost of decoding, and the memory that training leaves",
                       .choices = {"off", "ram", "disk", "auto"}});
    visit(c.cache_dir, Key{.name = "cache_dir",
                           .help = "the folder of the cache on disk, for all runs, and, whatever cache is, of what "
                                   "scans have found in the files; auto: segtrain in $XDG_CACHE_HOME, or in ~/.cache",
                           .absent = "auto"});
    visit(c.cache_budget_gb, Key{.name = "cache_budget_gb",
                                 .help = "what the cache may use, in GiB, and never more than training leaves of the "
                                         "memory or others of the disk",
                                 .minimum = 0,
                                 .maximum = 65536,
                                 .absent = "auto"});
  }
};

}  // namespace seg
