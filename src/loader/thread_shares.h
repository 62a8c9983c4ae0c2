// SPDX-License-Identifier: Apache-2.0
// How the processors are shared between compute threads and loader workers.
//
// On runs that compute on the CPU their sum never exceeds what the process may use; elsewhere only the workers count.
// Requests that do not fit the machine give way to the automatic value, and the reason says so.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace seg {

struct ThreadRequest {
  int usable_processors = 1;  // at least 1
  bool computes_on_cpu = true;
  std::optional<std::int64_t> threads = {};  // at least 1; nothing: automatic
  std::optional<std::int64_t> num_workers = {};
};

struct ThreadShares {
  int threads = 1;
  int num_workers = 0;
  std::string threads_reason, num_workers_reason;
};

ThreadShares share_processors(const ThreadRequest& request);

}  // namespace seg
