// SPDX-License-Identifier: Apache-2.0
#include "loader/prefetch.h"

#include <algorithm>
#include <cmath>

#include "base/counted.h"
#include "base/text.h"

namespace seg {
namespace {

constexpr double kMostUneven = 4;  // what takes longer is too rare to be judged by a few samples
constexpr std::int64_t kMost = 16;
constexpr std::int64_t kPartOfMemory = 10;  // one of so many

}  // namespace

PrefetchChoice choose_prefetch(const PrefetchRequest& request) {
  if (request.steps) return {.steps = *request.steps, .reason = "as asked"};
  if (request.num_workers == 0) return {.reason = "the training thread loads, and nothing ahead"};
  const double uneven = std::clamp(request.unevenness, 1.0, kMostUneven);
  const double meanwhile = uneven * request.num_workers / static_cast<double>(request.samples_per_step);
  const std::int64_t wanted = std::clamp(1 + static_cast<std::int64_t>(std::ceil(meanwhile)), kUsualPrefetch, kMost);
  const std::int64_t spare = std::max<std::int64_t>(0, request.spare_memory) / kPartOfMemory;
  const std::int64_t room = kUsualPrefetch + spare / std::max<std::int64_t>(1, request.step_bytes);
  PrefetchChoice choice{.steps = std::min(wanted, room)};
  choice.reason = counted(request.num_workers, "worker") + ", " + counted(request.samples_per_step, "sample") +
                  " a step, of which slow ones take " + fixed(uneven, 1) + " times as long as most";
  if (wanted > room) choice.reason += "; memory has no room for " + std::to_string(wanted);
  return choice;
}

}  // namespace seg
