// SPDX-License-Identifier: Apache-2.0
// What a network sees in some images of a data set, as a picture: image, label and prediction side by side.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "evaluation/protocol.h"
#include "image/color.h"
#include "image/image.h"
#include "loader/reader_source.h"

namespace seg {

// A row for each of these images of the data set, in their order; the pictures in it are made smaller one by one, so
// that no side is longer than `longest`.
Image prediction_picture(const ReaderSource& source, Protocol& protocol, std::span<const Rgb> palette,
                         std::span<const std::size_t> images,
                         std::int64_t longest = std::numeric_limits<std::int64_t>::max());

}  // namespace seg
