// SPDX-License-Identifier: Apache-2.0
// A head that learns how far each pixel is from the nearest boundary, so that the features it shares know of
// boundaries. For training alone: its output has the role `distance`, which evaluation drops.
//
// Its parameters begin with "distance_head.", as none of the networks' own do; it learns from scratch, ten times as
// fast as the rest, like other heads.
#pragma once
#include <cstdint>

#include "graph/builder.h"

namespace seg {

// Of features whose pixels are each `factor` of the image's wide and high.
void distance_head(const GraphBuilder& root, Value features, std::int64_t factor);

}  // namespace seg
