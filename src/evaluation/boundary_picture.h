// SPDX-License-Identifier: Apache-2.0
// What there is to see of boundaries in some images of a data set, as a picture: image, label, the distances to the
// label's boundaries, predictions without and with a point head, and points as the loader draws them near boundaries.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "evaluation/protocol.h"
#include "image/color.h"
#include "image/image.h"
#include "loader/point_choice.h"
#include "loader/reader_source.h"

namespace seg {

struct BoundaryPictureOptions {
  PointChoiceOptions points{};  // those near boundaries are drawn in yellow, the others in blue
  std::uint64_t seed = 0;       // of the points
  std::int64_t radius = 32;     // distances beyond so many pixels are black
};

// Three panels a row, two rows an image, each panel with its caption. `refined` is nullptr where weights have no point
// head: then there is no such panel.
Image boundary_picture(const ReaderSource& source, Protocol& coarse, Protocol* refined, std::span<const Rgb> palette,
                       std::span<const std::size_t> images, const BoundaryPictureOptions& options);

}  // namespace seg
