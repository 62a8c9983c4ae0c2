// SPDX-License-Identifier: Apache-2.0
// Protocol `ss`: the whole image at its own size, once.
//
// An image whose sides the network cannot divide is padded at the bottom and on the right with the data set's mean
// colour (which normalises to about zero); the logits are enlarged to the padded size, cut to the image, and the
// largest wins. Or, as the Python trainer does it, image and logits are resized instead.
// Not thread-safe: one thread calls torch.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "engine/batch.h"
#include "engine/network.h"
#include "evaluation/protocol.h"

namespace seg {

struct SingleScaleOptions {
  std::int64_t size_divisor = 32;
  std::vector<double> padding{};  // value of each channel, in pixel units
  bool resizes = false;           // and does not pad
  bool align_corners = false;     // where it resizes: corners' centres lie on each other, or borders do
};

class SingleScale final : public Protocol {
 public:
  // The network gives one main output from a whole-number image (its first node normalises). It outlives this object.
  SingleScale(Network& network, c10::Device device, SingleScaleOptions options);

  std::string_view name() const override { return "ss"; }
  at::Tensor classes(const HostPixels& pixels) override;
  std::int64_t images_at_once(std::int64_t in_a_batch) const override { return in_a_batch; }
  double views_a_pixel(std::int64_t height, std::int64_t width) const override;

  // What they are the largest of, but for rounding: float [N,K,H,W] of the images' size, on the device.
  at::Tensor logits_of(const HostPixels& pixels);

  // The two halves of it, for those who look at parts of an image: whole numbers [N,H,W,C] on the device, padded even
  // if whole images are resized (a view of `pixels` where nothing has to be), and what the network says of such, float
  // [N,K,H,W] of their size.
  at::Tensor padded(const HostPixels& pixels) const;
  at::Tensor logits(const at::Tensor& padded);

  std::int64_t size_divisor() const noexcept { return options_.size_divisor; }
  std::int64_t padded_side(std::int64_t side) const noexcept;  // the next one that the network can divide
  std::int64_t num_classes() const;
  // What classes() and logits_of() hold at their peak for one image of this size, besides parameters (image_memory.h).
  std::int64_t bytes_for_classes(std::int64_t height, std::int64_t width) const;
  std::int64_t bytes_for_logits(std::int64_t height, std::int64_t width) const;

 private:
  at::Tensor output_of(const at::Tensor& padded);  // as the network gives it
  at::Tensor resized(const HostPixels& pixels) const;
  std::int64_t peak_bytes(std::int64_t height, std::int64_t width, bool as_logits) const;

  Network& network_;
  c10::Device device_;
  SingleScaleOptions options_;
};

}  // namespace seg
