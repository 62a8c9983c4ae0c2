// SPDX-License-Identifier: Apache-2.0
#include "evaluation/view_memory.h"

#include <algorithm>

#include "base/rounding.h"
#include "evaluation/scale_merge.h"
#include "evaluation/view_axis.h"
#include "graph/shapes.h"

namespace seg {
namespace {

constexpr std::int64_t kPixelsAtOnce = std::int64_t{1} << 21;  // of the views that the network sees together
constexpr std::int64_t kFloat = 4;                             // bytes

std::int64_t sides(const ViewOptions& options) { return options.flips ? 2 : 1; }

InputSize input_size(const ViewOptions& options, const PixelExtent& window, std::int64_t count) {
  return {.images = sides(options) * count,
          .height = rounded_up(window.height, options.size_divisor),
          .width = rounded_up(window.width, options.size_divisor)};
}

bool fits(LookingNetwork network, const ViewOptions& options, const PixelExtent& window, std::int64_t count) {
  network.bytes = {};
  return !options.memory_bytes || windows_memory(network, options, window, count) <= *options.memory_bytes;
}

// What the network says of windows, as floats.
std::int64_t values_bytes(const LookingNetwork& network, const InputSize& size) {
  const ValueId output = network.graph.outputs.front().value;
  return element_count(shapes(network.graph, size)[static_cast<std::size_t>(output)]) * kFloat;
}

}  // namespace

std::int64_t num_windows(const ViewGrid& grid) {
  return static_cast<std::int64_t>(window_spans(grid.scaled.height, grid.window.height).size() *
                                   window_spans(grid.scaled.width, grid.window.width).size());
}

std::int64_t windows_memory(const LookingNetwork& network, const ViewOptions& options, const PixelExtent& window,
                            std::int64_t count) {
  return image_memory(network.graph, network.plan,
                      {.size = input_size(options, window, count), .bytes = network.bytes, .threads = network.threads});
}

std::int64_t windows_at_once(const LookingNetwork& network, const ViewOptions& options, const PixelExtent& window) {
  std::int64_t count = std::max<std::int64_t>(1, kPixelsAtOnce / (sides(options) * window.height * window.width));
  while (count > 1 && !fits(network, options, window, count)) count /= 2;
  return count;
}

PixelExtent window_that_fits(const LookingNetwork& network, const ViewOptions& options, const PixelExtent& wanted) {
  PixelExtent window = wanted;
  while (!fits(network, options, window, 1)) {
    std::int64_t& longer = window.height > window.width ? window.height : window.width;
    if (longer <= options.size_divisor) break;
    longer = rounded_up(divided_up(longer, 2), options.size_divisor);
  }
  return window;
}

std::int64_t view_memory(const LookingNetwork& network, const ViewOptions& options, std::span<const ViewGrid> grids,
                         const PixelExtent& result) {
  const Graph& graph = network.graph;
  const auto channels_of = [&](const InputSize& size, ValueId value, std::size_t axis) {
    return shapes(graph, size)[static_cast<std::size_t>(value)].at(axis);
  };
  const InputSize any = input_size(options, grids.front().window, 1);
  const std::int64_t channels = channels_of(any, find_node(graph, "image").output, 3);
  const std::int64_t of_sums = bytes_of_sums({.num_classes = channels_of(any, graph.outputs.front().value, 1),
                                              .height = result.height,
                                              .width = result.width});
  std::int64_t held = 0, sums = 0, peak = 0;
  for (const ViewGrid& grid : grids) {
    if (held > of_sums) {  // as ScaleMerge::make_room() does
      peak = std::max(peak, of_sums + held);
      sums = of_sums;
      held = 0;
    }
    const std::int64_t all = num_windows(grid);
    const std::int64_t together = std::min(all, windows_at_once(network, options, grid.window));
    const InputSize seen = input_size(options, grid.window, together);
    const std::int64_t said = values_bytes(network, seen);  // of those, the last time
    const std::int64_t before = values_bytes(network, input_size(options, grid.window, all)) - said;
    const std::int64_t image = grid.scaled.height * grid.scaled.width * channels * kFloat;
    const std::int64_t windows = seen.images * seen.height * seen.width * channels * kFloat;
    // Windows are put together with their mirror images, the network looks, and what it says is laid out anew.
    const std::int64_t looking =
        std::max({options.flips ? windows : 0, windows_memory(network, options, grid.window, together), 2 * said});
    peak = std::max(peak, sums + held + before + image + windows + looking);
    held += before + said;
  }
  return peak;
}

}  // namespace seg
