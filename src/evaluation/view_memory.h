// SPDX-License-Identifier: Apache-2.0
// What looking at an image by several views takes of memory, and how many windows are looked at together in it.
//
// Counted: what the network takes (image_memory.h), what it said of all windows of a scale and what is held of scales
// before (scale_merge.h), and the image at a scale with its windows. Not counted: the parameters, the image itself and
// its classes.
// On CPUs the engine's arena is held against it by a test. Pure functions.
#pragma once
#include <cstdint>
#include <span>

#include "evaluation/image_memory.h"
#include "evaluation/pixel_extent.h"
#include "evaluation/view_options.h"

namespace seg {

// An image at one scale: its extent with what is put around it, and windows on it as they are cut out.
struct ViewGrid {
  PixelExtent scaled, window;
};
std::int64_t num_windows(const ViewGrid& grid);

// `plan`: the graph's forward_plan(); the network has one output.
struct LookingNetwork {
  const Graph& graph;
  const Plan& plan;
  std::int64_t threads = 1;
  NumberBytes bytes{};  // of its numbers, where it is foretold what it takes
};

// While the network looks at so many windows, and at their mirror images if the options say so.
std::int64_t windows_memory(const LookingNetwork& network, const ViewOptions& options, const PixelExtent& window,
                            std::int64_t count);

// As many as the options' memory allows for numbers of four bytes, at least one.
std::int64_t windows_at_once(const LookingNetwork& network, const ViewOptions& options, const PixelExtent& window);

// The window, halved along its longer side until one is no more than the options' memory allows.
PixelExtent window_that_fits(const LookingNetwork& network, const ViewOptions& options, const PixelExtent& wanted);

// Of an image of the result's size, seen so at each of its scales, one at least.
std::int64_t view_memory(const LookingNetwork& network, const ViewOptions& options, std::span<const ViewGrid> grids,
                         const PixelExtent& result);

}  // namespace seg
