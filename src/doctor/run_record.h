// SPDX-License-Identifier: Apache-2.0
// Figures of a run that has ended, goes on or was killed, from what it has kept: its config and metrics.jsonl.
//
// Any content is taken: lines that are no JSON objects, and members that are missing or of another type, are passed
// over. Pure functions.
#pragma once
#include <string_view>
#include <vector>

#include "config/config.h"
#include "doctor/figures.h"
#include "doctor/finding.h"

namespace seg {

// What the config says of itself; where it is automatic, nothing.
Figures figures_of_config(const Config& config);

// Shares of the time and the rate over all lines about steps, what evaluations took and how many of the last were no
// better than the best before them by mIoU of `main_protocol`, and steps that the loss scaler skipped.
Figures figures_of_record(std::string_view metrics, std::string_view main_protocol);

// What the run has told of itself in its last part: the list at its end, or what stands where it has not ended.
std::vector<Finding> findings_of_record(std::string_view metrics);

}  // namespace seg
