// SPDX-License-Identifier: Apache-2.0
// PointRend as passes over the graph of a network that has a point head (models/point_head.h): what its input `points`
// is replaced by in a training step, and where the network looks at images.
//
// Names and values of the network's nodes stay as they are. A graph without a point head is std::logic_error. Pure.
#pragma once
#include <cstdint>
#include <optional>

#include "graph/graph.h"

namespace seg {

struct PointTraining {
  // Points that the step chooses itself; none: all come with the batch.
  std::optional<ChoosePointsOptions> chosen{};
  bool has_given = false;  // besides those chosen, points that come with the batch
  LossOptions loss{.kind = LossKind::cross_entropy};
};

// `trained` is with_losses(network): the network's point head joins it, with a loss at the points, whose output has the
// name of the head's. Points are chosen by full-precision logits; no gradient flows through the choice.
Graph with_point_loss(const Graph& trained, const Graph& network, const PointTraining& training);

struct Refinement {
  std::int64_t steps = 2;
  std::optional<std::int64_t> points{};  // of each step; none: a 256th of the image's pixels
};

// For inference: the map of the main output is doubled `steps` times, and each time the head says anew what the cells
// are of which that is least clear, from the fine features and the logits as they were before all doublings. The head
// itself is no output any more.
Graph with_refinement(const Graph& network, const Refinement& refinement);

}  // namespace seg
