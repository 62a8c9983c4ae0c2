// SPDX-License-Identifier: Apache-2.0
// The config that is written for a new data set: the keys that depend on it, few enough to read, each with its reason.
//
// What it says reads back to the same values (resolve.h). Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "config/dataset.h"

namespace seg {

// Why a key of the data set has its value; keys whose value is the default are written only if they are named here.
struct KeyReason {
  std::string key, reason;
};

struct NewConfig {
  std::string heading;    // the first comment
  DatasetConfig dataset;  // with its lists
  std::int64_t n_cats = 2;
  std::vector<KeyReason> reasons;  // of keys of the data set, and of n_cats
  std::int64_t smallest_side = 0;  // of any image
  std::size_t num_train = 0;
  std::string respth;
};

std::string new_config_text(const NewConfig& config);

}  // namespace seg
