// SPDX-License-Identifier: Apache-2.0
// The address space of a process: how much is left of it from now on, and what can be had of it. For child processes.
#pragma once
#include <sys/mman.h>
#include <sys/resource.h>

#include <cstddef>
#include <cstdint>

#include "base/machine.h"

namespace seg::testing {

inline bool limit_space_left(std::int64_t bytes) {
  const rlimit any{.rlim_cur = rlim_t{1} << 46, .rlim_max = rlim_t{1} << 46};
  if (setrlimit(RLIMIT_AS, &any) != 0) return false;
  const auto used = (std::int64_t{1} << 46) - address_space_left().value();
  const rlimit limit{.rlim_cur = static_cast<rlim_t>(used + bytes), .rlim_max = any.rlim_max};
  return setrlimit(RLIMIT_AS, &limit) == 0;
}

// Takes it, too.
inline bool can_be_mapped(std::size_t size) {
  return mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

}  // namespace seg::testing
