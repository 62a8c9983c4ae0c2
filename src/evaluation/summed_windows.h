// SPDX-License-Identifier: Apache-2.0
// Protocols `ssc` and `mscf` as the Python trainer has them (`window_overlap = "sum"`): probabilities are made at the
// size of the scaled image, summed where windows overlap without being divided by their number, and then resized.
//
// An image that is not larger than the window along both axes is put into the middle of a map of the mean colour that
// is at least as large as the window. Of a batch one image is looked at after the other. Not thread-safe: one thread
// calls torch.
#pragma once
#include "engine/network.h"
#include "evaluation/protocol.h"
#include "evaluation/view_memory.h"
#include "evaluation/view_merge.h"
#include "evaluation/view_options.h"
#include "evaluation/window_views.h"

namespace seg {

// An image's windows at a scale: of sides that the network can divide, on what is put around an image that is smaller.
// `image`: as large as it starts.
ViewGrid summed_windows_grid(const ViewOptions& options, const PixelExtent& image, double scale);

class SummedWindows final : public Protocol {
 public:
  // With a window, of which none is cut for want of memory. `resizes` does not concern it. The network outlives it.
  SummedWindows(Network& network, c10::Device device, ViewOptions options);

  std::string_view name() const override { return options_.name; }
  at::Tensor classes(const HostPixels& pixels) override;
  std::int64_t images_at_once(std::int64_t /*in_a_batch*/) const override { return 1; }
  double views_a_pixel(std::int64_t height, std::int64_t width) const override;

 private:
  ViewsOfScale look_at(const at::Tensor& scaled, const ViewGrid& grid, const PixelExtent& result);
  ProbabilityMap map_of(const PixelExtent& scaled, const PixelExtent& result) const;

  Network& network_;
  c10::Device device_;
  ViewOptions options_;
  WindowViews views_;
};

}  // namespace seg
