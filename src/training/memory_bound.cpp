// SPDX-License-Identifier: Apache-2.0
#include "training/memory_bound.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/machine.h"
#include "base/text.h"
#include "engine/bounded_heap.h"

namespace seg {
namespace {

constexpr double kBytesOfGib = 1024.0 * 1024.0 * 1024.0;

struct Budget {
  std::int64_t bytes = 0;              // less than 0: the bound is below what the process holds already
  std::optional<MemoryBound> bound{};  // none: memory_limit
};

std::int64_t limit_bytes(double gib) { return static_cast<std::int64_t>(gib * kBytesOfGib); }

// Less than 0: the process holds more already.
std::int64_t left_of(double limit_gib) { return limit_bytes(limit_gib) - resident_bytes(); }

Budget budget_of(const MemoryConfig& config) {
  const UsableMemory usable = usable_memory();
  const bool is_limited = usable.bound == MemoryBound::address_space;
  const std::int64_t kept = is_limited ? static_cast<std::int64_t>(bytes_kept_for_libraries()) : 0;
  const Budget free{.bytes = usable.bytes - kept, .bound = usable.bound};
  if (!config.memory_limit) return free;
  const std::int64_t left = left_of(*config.memory_limit);
  return left <= free.bytes ? Budget{.bytes = left} : free;
}

// The setting of what binds with which there would be so much more; nothing where none of the process's does.
std::string setting_text(const MemoryConfig& config, const Budget& budget, std::int64_t more) {
  if (!budget.bound) {
    const double gib = static_cast<double>(limit_bytes(*config.memory_limit) + more) / kBytesOfGib;
    return ": memory_limit=" + fixed(std::ceil(100 * gib) / 100, 2);
  }
  rlimit limit{};
  if (budget.bound != MemoryBound::address_space || ::getrlimit(RLIMIT_AS, &limit) != 0) return "";
  return ": ulimit -v " + std::to_string((static_cast<std::int64_t>(limit.rlim_cur) + more) / 1024 + 1);
}

}  // namespace

std::int64_t memory_budget(const MemoryConfig& config) { return std::max<std::int64_t>(budget_of(config).bytes, 0); }

bool binds_memory_limit(const MemoryConfig& config) { return !budget_of(config).bound; }

std::optional<std::int64_t> left_of_memory_limit(const MemoryConfig& config) {
  if (!config.memory_limit) return std::nullopt;
  return std::max<std::int64_t>(left_of(*config.memory_limit), 0);
}

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

std::string shortage_text(const MemoryConfig& config, std::int64_t missing_bytes) {
  const Budget budget = budget_of(config);
  const std::int64_t more = missing_bytes - std::min<std::int64_t>(budget.bytes, 0);
  return bytes_text(more) + " at least" + setting_text(config, budget, more);
}

std::string budget_text(const MemoryConfig& config, std::int64_t budget) {
  if (budget > 0 || budget_of(config).bound) return "only " + bytes_text(budget) + " may be used";
  return "memory_limit=" + shortest(*config.memory_limit) + " is " + bytes_text(limit_bytes(*config.memory_limit)) +
         ", and the program itself holds " + bytes_text(resident_bytes());
}

}  // namespace seg
