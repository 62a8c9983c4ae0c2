// SPDX-License-Identifier: Apache-2.0
#include "loader/thread_shares.h"

#include <fmt/format.h>

#include <algorithm>

namespace seg {
namespace {

// Making a crop costs a few percent of training on it, so one worker feeds several compute threads; on fewer processors
// a thread that computes is worth more than one that mostly waits, and the training thread loads by itself.
constexpr int kThreadsPerWorker = 8;
constexpr int kMostWorkers = 16;  // beside a GPU; more rarely helps

struct Choice {
  int value = 0;
  std::string reason;
};

std::string processors(int count) { return fmt::format("{} usable processor{}", count, count == 1 ? "" : "s"); }

// `most` processors are not taken by compute threads that were asked for.
Choice automatic_workers(const ThreadRequest& request, int most) {
  const int usable = request.usable_processors;
  if (!request.computes_on_cpu) {
    return {std::clamp(usable - 1, 1, kMostWorkers),
            fmt::format("{}, one for the training thread", processors(usable))};
  }
  const int threads = request.threads ? usable - most : usable - usable / kThreadsPerWorker;
  const int wanted = (threads + kThreadsPerWorker - 1) / kThreadsPerWorker;
  const int workers = std::min(wanted, request.threads ? most : usable / kThreadsPerWorker);
  if (workers == 0) return {0, fmt::format("{}, which all compute; the training thread loads", processors(usable))};
  return {workers, fmt::format("{} beside {} that compute", processors(usable), threads)};
}

Choice choose_workers(const ThreadRequest& request, int most) {
  Choice automatic = automatic_workers(request, most);
  if (!request.num_workers) return automatic;
  if (*request.num_workers <= most) return {static_cast<int>(*request.num_workers), "as asked"};
  // On a CPU a number that does not fit was meant for another machine: taking all but one thread would be worse.
  const int value = request.computes_on_cpu ? automatic.value : most;
  return {value, fmt::format("{} do not fit; {}", *request.num_workers,
                             request.computes_on_cpu ? automatic.reason : processors(request.usable_processors))};
}

Choice choose_threads(const ThreadRequest& request, int num_workers) {
  const int usable = request.usable_processors;
  if (request.threads) {
    const auto value = static_cast<int>(std::min<std::int64_t>(*request.threads, usable));
    return {value, value == *request.threads ? "as asked"
                                             : fmt::format("{} do not fit; {}", *request.threads, processors(usable))};
  }
  if (!request.computes_on_cpu) return {1, "the device computes"};
  if (num_workers == 0) return {usable, processors(usable)};
  return {usable - num_workers, fmt::format("{}, {} for the loader", processors(usable), num_workers)};
}

}  // namespace

ThreadShares share_processors(const ThreadRequest& request) {
  const int usable = request.usable_processors;
  const auto reserved = static_cast<int>(std::min<std::int64_t>(request.threads.value_or(1), usable));
  const Choice workers = choose_workers(request, request.computes_on_cpu ? usable - reserved : usable);
  const Choice threads = choose_threads(request, workers.value);
  return {.threads = threads.value,
          .num_workers = workers.value,
          .threads_reason = threads.reason,
          .num_workers_reason = workers.reason};
}

}  // namespace seg
