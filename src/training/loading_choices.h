// SPDX-License-Identifier: Apache-2.0
// What a run decides by what its samples take to decode: how many steps are prepared ahead, and where decoded images
// are kept. Samples are measured once for all of that, and only if something depends on them.
#pragma once
#include <cstdint>

#include "config/config.h"
#include "dataset/dataset.h"
#include "loader/cache_choice.h"
#include "loader/decoding_cost.h"
#include "training/settings.h"

namespace seg {

// Of a data set that was not measured: no images.
struct SampleCosts {
  DecodingCost train{}, validation{};
};

// Of samples for training, if the cache or the steps ahead depend on what they take.
DecodingCost measure_training_samples(const Config& config, const RunSettings& settings, const Dataset& train);

// Of both, as far as a run and its doctor need to know.
SampleCosts measure_samples(const Config& config, const RunSettings& settings, const Dataset& train,
                            const Dataset& validation);

// An automatic prefetch_factor becomes what these samples want, in a part of the memory that the run does not need.
// Returns the bytes of the loader's ring.
std::int64_t settle_prefetch(const Config& config, const Dataset& train, const DecodingCost& cost,
                             std::int64_t spare_memory, RunSettings& settings);

// What there is, and what is needed without a cache.
struct NeededSpace {
  std::int64_t usable_memory = 0, memory = 0, disk = 0;
};

// As the key says, of images that are used so often. The cost is that of all that the cache is for.
CacheChoice choose_cache_in(const NeededSpace& space, const Config& config, const Dataset& train, double epochs,
                            const DecodingCost& cost);

CacheChoice choose_cache_of_run(const Config& config, const RunSettings& settings, const Dataset& train,
                                const NeededSpace& space, const SampleCosts& costs);

}  // namespace seg
