// SPDX-License-Identifier: Apache-2.0
// Whole numbers rounded up. Neither may be negative.
#pragma once
#include <cstdint>

namespace seg {

constexpr std::int64_t divided_up(std::int64_t n, std::int64_t by) { return (n + by - 1) / by; }
constexpr std::int64_t rounded_up(std::int64_t n, std::int64_t unit) { return divided_up(n, unit) * unit; }

}  // namespace seg
