// SPDX-License-Identifier: Apache-2.0
// Protocols `ssc` and `mscf` as the Python trainer has them (`window_overlap = "sum"`): probabilities are made at the
// size of the scaled image, summed where windows overlap without being divided by their number, and then resized.
//
// An image that is not larger than the window along both axes is put into the middle of a map of the mean colour that
// is at least as large as the window. Maps of all classes at the scaled image's size are held: at scale 1.75 and 19
// classes some 0.5 GB for an image of 2048x1024; of a batch one image is looked at after the other. Not thread-safe:
// one thread calls torch.
#pragma once
#include "evaluation/several_views.h"

namespace seg {

class SummedWindows final : public Protocol {
 public:
  // With a window. `resizes` and `memory_bytes` do not concern it. The network outlives it.
  SummedWindows(Network& network, c10::Device device, ViewOptions options);

  std::string_view name() const override { return options_.name; }
  at::Tensor classes(const HostPixels& pixels) override;
  std::int64_t images_at_once(std::int64_t /*in_a_batch*/) const override { return 1; }
  double views_a_pixel(std::int64_t height, std::int64_t width) const override;

 private:
  at::Tensor probabilities_of_scale(const at::Tensor& scaled);
  at::Tensor probabilities(const at::Tensor& window);

  Network& network_;
  c10::Device device_;
  ViewOptions options_;
  PixelExtent window_;  // whose sides the network can divide
};

}  // namespace seg
