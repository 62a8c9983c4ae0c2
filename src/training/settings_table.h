// SPDX-License-Identifier: Apache-2.0
// What a run is, for people: a table of the settings with the reason for each, shown before anything else.
//
// Plain data and pure functions.
#pragma once
#include <string>
#include <vector>

#include "config/config.h"
#include "dataset/dataset.h"
#include "training/settings.h"

namespace seg {

struct Setting {
  std::string key, value, reason;
};

std::vector<Setting> settings_table(const Config& config, const Dataset& train, const RunSettings& settings);

// Those of its rows that are about a step. The settings need their steps and card, no more.
std::vector<Setting> step_rows(const Config& config, const RunSettings& settings);

}  // namespace seg
