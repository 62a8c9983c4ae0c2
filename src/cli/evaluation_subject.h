// SPDX-License-Identifier: Apache-2.0
// What `eval` and `bench eval` look at: validation data, and weights under a config's rules.
#pragma once
#include <memory>
#include <string>

#include "config/resolve.h"
#include "dataset/dataset.h"
#include "engine/parameter_store.h"
#include "training/settings.h"

namespace seg {

struct EvaluationSubject {
  std::unique_ptr<Dataset> dataset;
  RunSettings settings;  // with the card of the weights, whose labels, class names and rules are the config's
  ParameterStore parameters;
};

// Sets up torch as well. Without a file the config's network has its first weights. UserError if weights, config and
// data do not belong together.
EvaluationSubject evaluation_subject(const ResolvedConfig& resolved, const std::string& weights);

}  // namespace seg
