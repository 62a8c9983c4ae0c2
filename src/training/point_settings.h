// SPDX-License-Identifier: Apache-2.0
// What the keys of PointRend mean for a run: which points the loader draws, which ones the step chooses, and what their
// loss is.
//
// Pure functions of the config.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.h"
#include "config/resolve.h"
#include "graph/point_rend.h"
#include "loader/point_choice.h"
#include "training/model_card.h"

namespace seg {

// Of each crop, by the loader; none unless point_source asks for points near boundaries.
PointChoiceOptions drawn_points(const Config& config);

// For with_point_loss().
PointTraining point_training(const Config& config);

// For weights; none without a point head.
std::optional<PointHead> point_head_of(const ModelConfig& config);

// How weights that have a point head refine: what the config says of it holds, and where it says nothing what the card
// says. It says what differs from the default, and what the command line gives. With point_rend=false on that, not at
// all. UserError for more doublings than there can be.
void set_refinement(ModelCard& card, const ResolvedConfig& resolved);

void check_point_rend(const ModelConfig& config, std::vector<Problem>& problems);

}  // namespace seg
