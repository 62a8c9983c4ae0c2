// SPDX-License-Identifier: Apache-2.0
// What the keys of boundaries mean for a run: who needs distances, where they come from, and what the loader makes.
//
// Pure functions of the config.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "config/config.h"
#include "graph/graph.h"
#include "loader/crop_distances.h"

namespace seg {

// The keys that need distances in this config, as text; nothing if none does.
std::optional<std::string> needs_distances(const Config& config);

// Whether the cache of a run keeps distances with its training samples.
bool keeps_distances(const Config& config);

// Of the loader: distances are in its batches where the step reads them.
DistanceOptions distance_options(const Config& config);

// Of the distance head, if there is one.
std::optional<LossOptions> distance_loss(const BoundariesConfig& config, std::int64_t ignore_label);

}  // namespace seg
