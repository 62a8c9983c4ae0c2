// SPDX-License-Identifier: Apache-2.0
// Numbers as files hold them: little-endian, without alignment.
#pragma once
#include <bit>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace seg {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they lie in memory");

template <class T>
void append_number(std::string& text, T number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  text.append(bytes, sizeof number);
}

// The text must be long enough.
template <class T>
T number_at(std::string_view text, std::size_t offset) {
  T number;
  std::memcpy(&number, text.data() + offset, sizeof number);
  return number;
}

}  // namespace seg
