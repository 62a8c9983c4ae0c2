// SPDX-License-Identifier: Apache-2.0
// What a protocol takes of memory while it looks at images of a size: for forecasts, and to tell where it is too much.
//
// Of `network`, that of evaluation, numbers have the bytes that they are computed in. Not counted: the parameters, and
// images and classes on their way in and out. Pure functions.
#pragma once
#include <c10/core/Device.h>

#include <cstdint>

#include "evaluation/view_memory.h"
#include "training/model_card.h"

namespace seg {

// ss, of so many images at once.
std::int64_t memory_of_whole_images(const ModelCard& card, c10::Device device, const LookingNetwork& network,
                                    const PixelExtent& image, std::int64_t count);

// Of one image after the other; where windows are not summed, those that do not fit are cut as the options say.
std::int64_t memory_of_views(const ViewOptions& options, bool sums_windows, const LookingNetwork& network,
                             const PixelExtent& image);

}  // namespace seg
