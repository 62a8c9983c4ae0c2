// SPDX-License-Identifier: Apache-2.0
// Damage to files: the same for the same seeds, in every run and on every machine.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace seg::testing {

// Calls `use` with each damaged file and what was done to it ("seed 2, cut at 17"): every seed whole; cut at every
// byte; with single bits turned; with small, large and negative numbers of each width in its place; with a byte, a
// bracket, a quotation mark or a part of it a thousand times; with its numbers and values as other texts. Of long files
// a sample of places, evenly spread.
using UseOfDamage = std::function<void(const std::string& file, const std::string& damage)>;
void for_each_damage(const std::vector<std::string>& seeds, const UseOfDamage& use);

}  // namespace seg::testing
