// SPDX-License-Identifier: Apache-2.0
// What this process may use of the memory, what it is that bounds it, and what would give it more: for decisions before
// step 1 and for messages.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "config/memory.h"

namespace seg {

// What the process may still take: of the free memory, bounded by the control group and `ulimit -v`, less what is kept
// for libraries there; and by memory_limit less what the process holds already.
std::int64_t memory_budget(const MemoryConfig& config);

// Whether memory_limit is what bounds it, rather than what is there.
bool binds_memory_limit(const MemoryConfig& config);

// What memory_limit leaves of itself besides what the process holds, whatever is there; nothing without one.
std::optional<std::int64_t> left_of_memory_limit(const MemoryConfig& config);

std::string memory_bound_text(const MemoryConfig& config);  // "ulimit -v", as the subject of a sentence
std::string memory_remedy(const MemoryConfig& config);      // "a larger memory_limit"

// By how much more the budget would do that lacks so many bytes, and what would give it: "1.2 GB at least:
// memory_limit=3.1".
std::string shortage_text(const MemoryConfig& config, std::int64_t missing_bytes);

// Of a budget: "only 1.2 GB may be used"; or why it is nothing.
std::string budget_text(const MemoryConfig& config, std::int64_t budget);

}  // namespace seg
