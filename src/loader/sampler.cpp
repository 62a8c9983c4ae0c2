// SPDX-License-Identifier: Apache-2.0
#include "loader/sampler.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "base/random.h"

namespace seg {

SampleShare share_of(std::int64_t samples_per_step, std::int64_t rank, std::int64_t num_processes) {
  if (num_processes < 1 || rank < 0 || rank >= num_processes || samples_per_step % num_processes != 0) {
    throw std::logic_error("samples of a step cannot be shared evenly");
  }
  const std::int64_t count = samples_per_step / num_processes;
  return {.first = rank * count, .count = count, .of = samples_per_step};
}

Sampler::Sampler(std::uint64_t seed, std::size_t num_images)
    : seed_(seed), num_images_(static_cast<std::uint32_t>(num_images)) {
  if (num_images == 0 || num_images > std::numeric_limits<std::uint32_t>::max()) {
    throw std::logic_error("a sampler needs from 1 to 2^32 - 1 images");
  }
}

std::uint32_t Sampler::image_of(std::uint64_t sample) {
  const std::uint64_t epoch = epoch_of(sample);
  const std::size_t position = sample % num_images_;
  const std::lock_guard lock(mutex_);
  auto order = std::find_if(orders_.begin(), orders_.end(),
                            [&](const Order& kept) { return kept.epoch == epoch && !kept.images.empty(); });
  if (order == orders_.end()) {
    order = std::min_element(orders_.begin(), orders_.end(),
                             [](const Order& a, const Order& b) { return a.last_use < b.last_use; });
    order->images = permutation(seed_, epoch, num_images_);
    order->epoch = epoch;
  }
  order->last_use = ++uses_;
  return order->images[position];
}

std::uint32_t Sampler::substitute_of(std::uint64_t sample, std::uint32_t attempt) const noexcept {
  Random random(seed_, RandomStream::substitute, sample);
  std::uint64_t image = 0;
  for (std::uint32_t i = 0; i < attempt; ++i) image = random.below(num_images_);
  return static_cast<std::uint32_t>(image);
}

}  // namespace seg
