// SPDX-License-Identifier: Apache-2.0
// What makes two parts of a run the same run: its data lists and every key that changes what is learned, but for
// on_oom, whose splits are in the checkpoints.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "dataset/dataset.h"
#include "training/checkpoint.h"

namespace seg {

// Beside the keys.
inline constexpr std::string_view kTrainingData = "training data";
inline constexpr std::string_view kValidationData = "validation data";

// Paths count relative to im_root, so that a data set may move as a whole. An automatic n_cats counts as what it is.
RunIdentity run_identity(const Config& config, const Dataset& train, const Dataset& validation);

struct Difference {
  std::string key, before, now;  // "-" where one of them does not have the key, and this version has no default of it
};
std::vector<Difference> differences(const RunIdentity& before, const RunIdentity& now);

// Of what an earlier part of the run resolved: class weights, and how the batch was found and split, if that answers to
// what is different now. They are found anew.
void drop_what_no_longer_holds(StoredValues& values, const std::vector<Difference>& different);

}  // namespace seg
