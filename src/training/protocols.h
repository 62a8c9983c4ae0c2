// SPDX-License-Identifier: Apache-2.0
// The protocols that a config asks for, made ready.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "config/config.h"
#include "engine/network.h"
#include "evaluation/protocol.h"
#include "evaluation/several_views.h"
#include "training/model_card.h"

namespace seg {

// Of ssc, msf and mscf, and of ss where images are given another size first.
ViewOptions view_options(const std::string& name, const Config& config, const ModelCard& card, c10::Device device);
bool is_of_views(const std::string& name, const EvaluationConfig& rules);
bool sums_windows(const std::string& name, const EvaluationConfig& rules);

// What makes the evaluation of a single image by a protocol take less.
std::string smaller_views_remedy(std::string_view protocol);

// In the order of eval_protocols. The network is the card's for inference; it and the log outlive them. The log is told
// once of each that takes more memory than there is and cannot look at less at a time.
std::vector<std::unique_ptr<Protocol>> make_protocols(const Config& config, const ModelCard& card, Network& network,
                                                      c10::Device device, Log& log);

}  // namespace seg
