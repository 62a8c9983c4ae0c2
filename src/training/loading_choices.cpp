// SPDX-License-Identifier: Apache-2.0
#include "training/loading_choices.h"

#include "dataset/decoding.h"
#include "training/boundary_settings.h"

namespace seg {

DecodingCost measure_training_samples(const Config& config, const RunSettings& settings, const Dataset& train) {
  const bool has_automatic_ring = !config.loader.prefetch_factor && settings.shares.num_workers > 0;
  if (config.loader.cache == "off" && !has_automatic_ring) return {};
  return measure_decoding(train, keeps_distances(config));
}

SampleCosts measure_samples(const Config& config, const RunSettings& settings, const Dataset& train,
                            const Dataset& validation) {
  SampleCosts costs{.train = config.watching.advise ? measure_decoding(train, keeps_distances(config))
                                                    : measure_training_samples(config, settings, train)};
  if (config.loader.cache != "off") costs.validation = measure_decoding(validation);
  return costs;
}

std::int64_t settle_prefetch(const Config& config, const Dataset& train, const DecodingCost& cost,
                             std::int64_t spare_memory, RunSettings& settings) {
  LoaderOptions options = loader_options(config, train, settings);
  options.slots = 1;
  const std::int64_t step_bytes = Loader::memory_bytes(options, train.traits());
  settings.prefetch = choose_prefetch({.steps = config.loader.prefetch_factor,
                                       .num_workers = settings.shares.num_workers,
                                       .samples_per_step = settings.samples_per_step,
                                       .unevenness = cost.unevenness,
                                       .step_bytes = step_bytes,
                                       .spare_memory = spare_memory});
  return Loader::memory_bytes(loader_options(config, train, settings), train.traits());
}

CacheChoice choose_cache_in(const NeededSpace& space, const Config& config, const Dataset& train, double epochs,
                            const DecodingCost& cost) {
  CacheRequest request =
      cache_request(config.loader, config.dataset.dataset, cache_text(config.dataset, train.traits()));
  request.usable_memory = space.usable_memory;
  request.needed_memory = space.memory;
  request.needed_disk = space.disk;
  request.epochs = epochs;
  return choose_cache(request, cost);
}

CacheChoice choose_cache_of_run(const Config& config, const RunSettings& settings, const Dataset& train,
                                const NeededSpace& space, const SampleCosts& costs) {
  const double epochs =
      static_cast<double>(settings.last_step * settings.samples_per_step) / static_cast<double>(train.size());
  return choose_cache_in(space, config, train, epochs, together(costs.train, costs.validation));
}

}  // namespace seg
