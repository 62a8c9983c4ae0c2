// SPDX-License-Identifier: Apache-2.0
// What this version does with known keys whose feature is not built.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "config/resolve.h"

namespace seg {

// Values that would change what the purpose asks for and cannot be honoured; none unless it is train or evaluate.
std::vector<Problem> unbuilt_values(const ResolvedConfig& resolved, Purpose purpose);

// "report = true (my.toml:7)" for each value that somebody wrote and that has no effect, but does no harm either.
std::vector<std::string> values_without_effect(const ResolvedConfig& resolved, Purpose purpose);

// Throws the former as one UserError and says the latter in one line.
void refuse_unbuilt(const ResolvedConfig& resolved, Purpose purpose, Log& log);

}  // namespace seg
