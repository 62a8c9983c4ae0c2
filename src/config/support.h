// SPDX-License-Identifier: Apache-2.0
// What this version does with known keys whose feature is not built.
//
// Such keys are known, so that no config has to change later, but `train` refuses a value that it cannot honour: any
// but the default and the built ones.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "config/resolve.h"

namespace seg {

struct Support {
  bool is_built = true;
  std::vector<std::string_view> values{};  // that are built, where the key as a whole is not, as on the command line
  bool is_harmless = false;  // not built, but the trained network is the same without it: said once, not refused
};
const Support& support_of(std::string_view key);
std::vector<std::string_view> unbuilt_keys();

// Values that would change what the purpose asks for and cannot be honoured; none unless it is train or evaluate.
std::vector<Problem> unbuilt_values(const ResolvedConfig& resolved, Purpose purpose);

// "report = true (my.toml:7)" for each value that somebody wrote and that has no effect, but does no harm either.
std::vector<std::string> values_without_effect(const ResolvedConfig& resolved, Purpose purpose);

// Throws the former as one UserError and says the latter in one line.
void refuse_unbuilt(const ResolvedConfig& resolved, Purpose purpose, Log& log);

}  // namespace seg
