// SPDX-License-Identifier: Apache-2.0
// What somebody may have meant who wrote a name that does not exist.
#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace seg {

// Insertions, deletions, replacements and swaps of neighbours between the two; case does not count, and `-` equals `_`.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate with the smallest distance, if it is near enough to be meant.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace seg
