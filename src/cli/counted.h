// SPDX-License-Identifier: Apache-2.0
// "1 image", "2 images". Pure.
#pragma once
#include <cstddef>
#include <string>

namespace seg {

// Of things whose plural ends in s.
inline std::string counted(std::size_t count, const char* thing) {
  return std::to_string(count) + ' ' + thing + (count == 1 ? "" : "s");
}

}  // namespace seg
