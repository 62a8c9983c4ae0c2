// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace seg {
namespace {

struct FirstFailure {
  std::mutex mutex;
  std::exception_ptr exception;
  std::atomic<std::size_t> index;

  void record(std::size_t i) {
    const std::lock_guard lock(mutex);
    if (i >= index) return;
    index = i;
    exception = std::current_exception();
  }
};

}  // namespace

void parallel_for_each(std::size_t count, int threads, const std::function<void(std::size_t)>& body) {
  std::atomic<std::size_t> next{0};
  FirstFailure failure{.mutex = {}, .exception = {}, .index = count};

  // Items below a known failure are still worked on, so that which failure is reported does not depend on timing.
  const auto work = [&] {
    for (std::size_t i = next++; i < failure.index; i = next++) {
      try {
        body(i);
      } catch (...) {
        failure.record(i);
      }
    }
  };

  {
    const std::size_t helpers = std::min(count, static_cast<std::size_t>(std::max(threads, 1)));
    std::vector<std::jthread> pool;
    for (std::size_t i = 1; i < helpers; ++i) pool.emplace_back(work);
    work();
  }
  if (failure.exception) std::rethrow_exception(failure.exception);
}

void lower_thread_priority() noexcept {
  // On Linux the "process" that nice values belong to is the thread. A refusal only costs fairness.
  const auto thread = static_cast<id_t>(syscall(SYS_gettid));
  const int priority = getpriority(PRIO_PROCESS, thread);
  (void)setpriority(PRIO_PROCESS, thread, std::min(priority + 5, 19));
}

}  // namespace seg
