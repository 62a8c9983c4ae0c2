// SPDX-License-Identifier: Apache-2.0
#include "training/protocol_memory.h"

#include <vector>

#include "base/rounding.h"
#include "evaluation/several_views.h"
#include "evaluation/single_scale.h"
#include "evaluation/summed_windows.h"

namespace seg {

std::int64_t memory_of_whole_images(const ModelCard& card, c10::Device device, const LookingNetwork& network,
                                    const PixelExtent& image, std::int64_t count) {
  const std::int64_t divisor = single_scale_options(card).size_divisor;
  return image_memory(network.graph, network.plan,
                      {.size = {.images = count,
                                .height = rounded_up(image.height, divisor),
                                .width = rounded_up(image.width, divisor)},
                       .bytes = network.bytes,
                       .threads = network.threads,
                       .as_logits = card.resizes || !device.is_cpu(),
                       .resizes = card.resizes});
}

std::int64_t memory_of_views(const ViewOptions& options, bool sums_windows, const LookingNetwork& network,
                             const PixelExtent& image) {
  const PixelExtent start = start_extent(options.start, image);
  std::vector<ViewGrid> grids;
  for (const double scale : options.scales) {
    if (sums_windows) {
      grids.push_back(summed_windows_grid(options, start, scale));
    } else {
      grids.push_back(several_views_grid(options, start, scale));
      grids.back().window = window_that_fits(network, options, grids.back().window);
    }
  }
  return view_memory(network, options, grids, image);
}

}  // namespace seg
