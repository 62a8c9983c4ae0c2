// SPDX-License-Identifier: Apache-2.0
// Threads of the data side (they never call torch).
#pragma once
#include <cstddef>
#include <functional>

namespace seg {

// Calls body(i) for every i < count on up to `threads` threads, the caller's among them; items are handed out one by
// one. Returns when all are done. The exception of the smallest failing i is rethrown after the others have stopped.
void parallel_for_each(std::size_t count, int threads, const std::function<void(std::size_t)>& body);

// Lowers the priority of the calling thread, so that loader workers give way to compute threads.
void lower_thread_priority() noexcept;

}  // namespace seg
