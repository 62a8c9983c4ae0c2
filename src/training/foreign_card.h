// SPDX-License-Identifier: Apache-2.0
// The description of a weight file that does not describe itself (one of the Python trainer, say), from keys that the
// user gives: model_type, n_cats, mean and std; class_names, palette, dataset, eval_pad and others where they matter.
#pragma once
#include <string>

#include "config/resolve.h"
#include "training/model_card.h"

namespace seg {

// UserError naming `file` that lists every key that is missing, with an example. `dataset` (a kind that numbers classes
// in a way of its own) stands for n_cats, class_names, palette and the label files' values.
ModelCard foreign_card(const ResolvedConfig& resolved, const std::string& file);

}  // namespace seg
