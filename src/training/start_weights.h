// SPDX-License-Identifier: Apache-2.0
// The weights that a fresh run begins with instead of random ones: backbone_from and finetune_from.
//
// backbone_from fills the network's backbone (models/model.h says which parameters those are and how a backbone's own
// file names them). It is exact: a part of the backbone that is in the file must fit as a whole.
// finetune_from takes all that fits by name and shape. What begins anew and what is not used is told; nothing at all in
// common is an error. With both, the backbone comes first.
// Counters (num_batches_tracked) may be missing. The convolutions that see the image are adapted to another number of
// channels: one from several is the sum over them (a gray image gives what it gave as three equal channels); several
// from one is that one divided by their number; channels beyond those of the file get the mean over the file's.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/run.h"
#include "engine/tensors.h"
#include "training/model_card.h"

namespace seg {

struct StartWeights {
  NamedTensors tensors{};            // fit the network by name and shape; a later one of a name counts
  std::vector<std::string> lines{};  // for people: what was taken over, what was not
  nlohmann::json record{};           // the same for the metrics file, with every name; empty if no key is set
};

// UserError naming the file if it cannot serve.
StartWeights start_weights(const RunConfig& config, const ModelCard& card);

}  // namespace seg
