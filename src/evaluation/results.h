// SPDX-License-Identifier: Apache-2.0
// Results of an evaluation as the JSON of the contract and as tables for people. Pure functions.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "evaluation/evaluator.h"

namespace seg {

// Shares in 0 … 1; what is unknown (an absent class) is null. `dice` is `f1` by its other name; the rows of
// `confusion_matrix` are labels, its columns predictions.
nlohmann::json to_json(const std::vector<ProtocolResult>& results);

// One row a class: name, share of the labelled pixels, IoU and F1 of each protocol, in percent; then the mean over the
// classes, that weighted by share, and the value of the counts summed over classes.
using TableRows = std::vector<std::vector<std::string>>;
TableRows class_table(const std::vector<ProtocolResult>& results, const std::vector<std::string>& class_names);

// One row a class: boundary IoU and boundary F1 of each protocol, in percent; then the means. Empty if no boundaries
// were measured.
TableRows boundary_table(const std::vector<ProtocolResult>& results, const std::vector<std::string>& class_names);

// What is no matter of classes, a column each protocol.
TableRows overall_table(const std::vector<ProtocolResult>& results);

}  // namespace seg
