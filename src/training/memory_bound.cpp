// SPDX-License-Identifier: Apache-2.0
#include "training/memory_bound.h"

#include <algorithm>
#include <optional>

#include "base/machine.h"
#include "base/text.h"
#include "engine/bounded_heap.h"

namespace seg {
namespace {

constexpr double kBytesOfGib = 1024.0 * 1024.0 * 1024.0;

struct Budget {
  std::int64_t bytes = 0;
  std::optional<MemoryBound> bound{};  // none: memory_limit
};

Budget budget_of(const MemoryConfig& config) {
  const UsableMemory usable = usable_memory();
  const bool is_limited = usable.bound == MemoryBound::address_space;
  const std::int64_t kept = is_limited ? static_cast<std::int64_t>(bytes_kept_for_libraries()) : 0;
  const Budget free{.bytes = std::max<std::int64_t>(usable.bytes - kept, 0), .bound = usable.bound};
  if (!config.memory_limit) return free;
  const auto limit = static_cast<std::int64_t>(*config.memory_limit * kBytesOfGib);
  const std::int64_t left = std::max<std::int64_t>(limit - resident_bytes(), 0);
  return left <= free.bytes ? Budget{.bytes = left} : free;
}

}  // namespace

std::int64_t memory_budget(const MemoryConfig& config) { return budget_of(config).bytes; }

bool binds_memory_limit(const MemoryConfig& config) { return !budget_of(config).bound; }

std::string memory_bound_text(const MemoryConfig& config) {
  const Budget budget = budget_of(config);
  if (!budget.bound) return "memory_limit=" + shortest(*config.memory_limit);
  switch (*budget.bound) {
    case MemoryBound::control_group: return "the control group's limit";
    case MemoryBound::address_space: return "ulimit -v";
    case MemoryBound::machine: break;
  }
  return "what other programs leave of the machine's memory";
}

std::string memory_remedy(const MemoryConfig& config) {
  const Budget budget = budget_of(config);
  if (!budget.bound) return "a larger memory_limit";
  switch (*budget.bound) {
    case MemoryBound::control_group:
      return "fewer programs beside this one in its control group, or a larger limit of it";
    case MemoryBound::address_space: return "a larger ulimit -v";
    case MemoryBound::machine: break;
  }
  return "fewer programs beside this one";
}

}  // namespace seg
