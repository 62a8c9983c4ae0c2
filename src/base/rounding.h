// SPDX-License-Identifier: Apache-2.0
// Whole numbers rounded up. Neither may be negative.
#pragma once
#include <concepts>
#include <type_traits>

namespace seg {

template <std::integral T>
constexpr T divided_up(T n, std::type_identity_t<T> by) noexcept {
  return (n + by - 1) / by;
}
template <std::integral T>
constexpr T rounded_up(T n, std::type_identity_t<T> unit) noexcept {
  return divided_up(n, unit) * unit;
}

}  // namespace seg
