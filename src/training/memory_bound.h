// SPDX-License-Identifier: Apache-2.0
// What this process may use of the memory, what it is that bounds it, and what would give it more: for decisions before
// step 1 and for messages.
#pragma once
#include <cstdint>
#include <string>

#include "config/memory.h"

namespace seg {

// What the process may still take: of the free memory, bounded by the control group and `ulimit -v`, less what is kept
// for libraries there; and by memory_limit less what the process holds already.
std::int64_t memory_budget(const MemoryConfig& config);

// Whether memory_limit is what bounds it, rather than what is there.
bool binds_memory_limit(const MemoryConfig& config);

std::string memory_bound_text(const MemoryConfig& config);  // "ulimit -v", as the subject of a sentence
std::string memory_remedy(const MemoryConfig& config);      // "a larger memory_limit"

}  // namespace seg
