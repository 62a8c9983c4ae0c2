// SPDX-License-Identifier: Apache-2.0
// What a network says of windows of an image and, if the options want it, of their mirror images: of several at once,
// as many as memory allows (view_memory.h). Not thread-safe: one thread calls torch.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "engine/network.h"
#include "evaluation/view_axis.h"
#include "evaluation/view_memory.h"
#include "evaluation/view_merge.h"
#include "evaluation/view_options.h"

namespace seg {

class WindowViews {
 public:
  // Of the options: flips, size_divisor, padding and memory_bytes. The network gives one main output from an image of
  // levels (its first node normalises) and outlives this object.
  WindowViews(Network& network, ViewOptions options);

  // A view of each window, row by row, of those that lie in the rows and columns of the image [1,H,W,C]; all are as
  // large as the first. Where the network cannot divide its sides, it is padded behind.
  std::vector<View> look(const at::Tensor& image, const std::vector<Span>& rows, const std::vector<Span>& columns);

  LookingNetwork looking() const;  // as all that asks for memory knows it

 private:
  at::Tensor values_of(const at::Tensor& images);
  at::Tensor padded(const at::Tensor& windows) const;

  Network& network_;
  const ViewOptions options_;
};

}  // namespace seg
