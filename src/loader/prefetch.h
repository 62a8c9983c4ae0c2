// SPDX-License-Identifier: Apache-2.0
// How many steps the loader prepares ahead, and why: for the settings table.
//
// While one worker is at a slow sample the others go on, and what they make waits in the ring behind it. So there is
// room for the step of the slow one and for what all workers make meanwhile, 1 + workers x unevenness / samples of a
// step, rounded up; but for 2 steps at least and 16 at most, and what is more than 2 steps takes a tenth of the memory
// to spare at most. Pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace seg {

inline constexpr std::int64_t kUsualPrefetch = 2;

struct PrefetchRequest {
  std::optional<std::int64_t> steps = {};  // as asked; nothing: automatic
  int num_workers = 0;
  std::int64_t samples_per_step = 1;
  double unevenness = 1;          // of what samples take to decode (decoding_cost.h)
  std::int64_t step_bytes = 0;    // of the batch of a step
  std::int64_t spare_memory = 0;  // bytes that the run does not need
};

struct PrefetchChoice {
  std::int64_t steps = kUsualPrefetch;
  std::string reason{};
};

PrefetchChoice choose_prefetch(const PrefetchRequest& request);

}  // namespace seg
