// SPDX-License-Identifier: Apache-2.0
// What makes two parts of a run the same run: its data lists and every key that changes what is learned.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "dataset/dataset.h"
#include "training/checkpoint.h"

namespace seg {

inline constexpr std::string_view kValidationData = "validation data";  // beside the keys

// Paths count relative to im_root, so that a data set may move as a whole. An automatic n_cats counts as what it is.
RunIdentity run_identity(const Config& config, const Dataset& train, const Dataset& validation);

struct Difference {
  std::string key, before, now;  // "-" where one of them does not have the key, and this version has no default of it
};
std::vector<Difference> differences(const RunIdentity& before, const RunIdentity& now);

}  // namespace seg
