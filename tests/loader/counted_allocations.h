// SPDX-License-Identifier: Apache-2.0
// Counts the allocations of the test program: its operator new is replaced.
#pragma once
#include <cstdint>

namespace seg::testing {

std::int64_t allocations() noexcept;  // of all threads, since the program started

}  // namespace seg::testing
