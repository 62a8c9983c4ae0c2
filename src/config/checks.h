// SPDX-License-Identifier: Apache-2.0
// Checks that need more than one key.
#pragma once
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/resolve.h"

namespace seg {

// Adds what contradicts itself, and what is missing for the purpose.
// Keys whose value was refused before are not missing.
void check_together(const ResolvedConfig& resolved, Purpose purpose, const std::set<std::string, std::less<>>& refused,
                    std::vector<Problem>& problems);

// Things that are allowed but seldom meant, for the log.
std::vector<std::string> doubts(const ResolvedConfig& resolved, Purpose purpose);

}  // namespace seg
