// SPDX-License-Identifier: Apache-2.0
// What to try in place of a value that people write for a reason of their own, and that a key cannot have.
//
// Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace seg {

// Nothing if there is no more to say than the bound that the number is beyond.
std::optional<std::string> remedy_for_number(std::string_view key, double number);

}  // namespace seg
