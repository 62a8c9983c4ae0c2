// SPDX-License-Identifier: Apache-2.0
// Counts what the program asks of operator new, in all threads. A program that links this unit gets the counting
// operators; the cost is one addition a call.
#pragma once
#include <cstdint>

namespace seg {

std::int64_t num_allocations() noexcept;  // so far

}  // namespace seg
