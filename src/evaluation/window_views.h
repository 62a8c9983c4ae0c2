// SPDX-License-Identifier: Apache-2.0
// What a network says of windows of an image and, if the options want it, of their mirror images: of several at once,
// as many as memory allows. Not thread-safe: one thread calls torch.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/network.h"
#include "evaluation/pixel_extent.h"
#include "evaluation/view_axis.h"
#include "evaluation/view_merge.h"
#include "evaluation/view_options.h"

namespace seg {

class WindowViews {
 public:
  // Of the options: flips, size_divisor, padding and memory_bytes. The network gives one main output from an image of
  // levels (its first node normalises) and outlives this object.
  WindowViews(Network& network, const ViewOptions& options);

  // A view of each window, row by row, of those that lie in the rows and columns of the image [1,H,W,C]; all are as
  // large as the first. Where the network cannot divide its sides, it is padded behind.
  std::vector<View> look(const at::Tensor& image, const std::vector<Span>& rows, const std::vector<Span>& columns);

  // What the network takes while it looks at so many windows, and at their mirror images if it does.
  std::int64_t peak_bytes(const PixelExtent& window, std::int64_t count) const;

 private:
  std::int64_t windows_at_once(const PixelExtent& window) const;
  at::Tensor values_of(const at::Tensor& images);
  at::Tensor padded(const at::Tensor& windows) const;
  std::int64_t pair() const noexcept { return flips_ ? 2 : 1; }

  Network& network_;
  bool flips_;
  std::int64_t size_divisor_;
  std::vector<double> padding_;
  std::optional<std::int64_t> memory_bytes_;
};

}  // namespace seg
