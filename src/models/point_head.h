// SPDX-License-Identifier: Apache-2.0
// The point head of PointRend (Kirillov et al., "PointRend: Image Segmentation as Rendering", CVPR 2020): what class a
// single point is of, from fine features and the coarse logits there, which each of its layers sees again.
//
// The points are an input of the graph, `points` [N,P,2], and the head's logits [N,K,1,P] an output of the role
// `points`: graph/point_rend.h makes of that a training step or the refinement of a map. Its parameters begin with
// "point_head.", as none of the networks' own do; it learns from scratch, ten times as fast as the rest, like other
// heads.
#pragma once
#include <cstdint>

#include "graph/builder.h"

namespace seg {

// Doublings of the logits' map that a refinement may do: both networks give them at an eighth of the image.
inline constexpr std::int64_t kMostDoublings = 3;

void point_head(const GraphBuilder& root, Value logits, Value fine, PointPadding padding);

}  // namespace seg
