// SPDX-License-Identifier: Apache-2.0
// "1 image", "2 images". Pure functions.
#pragma once
#include <concepts>
#include <string>
#include <string_view>

namespace seg {

std::string plural_of(std::string_view thing);  // "steps", "classes", "entries"

template <std::integral Count>
std::string counted(Count count, std::string_view thing) {
  return std::to_string(count) + ' ' + (count == 1 ? std::string(thing) : plural_of(thing));
}

}  // namespace seg
