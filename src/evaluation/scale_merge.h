// SPDX-License-Identifier: Apache-2.0
// Merges the scales of an image as they come, so that little of them is held: what the network said of a scale, or,
// where that is less, the sums of the probabilities of all scales so far. The classes are those of all scales merged
// together (view_merge.h). Not thread-safe: one thread calls torch.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "evaluation/pixel_extent.h"
#include "evaluation/view_merge.h"

namespace seg {

class ScaleMerge {
 public:
  ScaleMerge(const PixelExtent& result, MirrorRule rule) : result_(result), rule_(rule) {}

  // Before a network looks at the next scale.
  void make_room();
  void add(ViewsOfScale scale);

  // uint8 [height,width] on the host, of at least one scale.
  at::Tensor classes() const;

 private:
  MergedSize size() const;

  PixelExtent result_;
  MirrorRule rule_;
  std::int64_t num_classes_ = 0;
  std::vector<ViewsOfScale> held_;
  at::Tensor sums_;
};

// Sums of an image: values of scales are merged into them where they are more.
std::int64_t bytes_of_sums(const MergedSize& size);

}  // namespace seg
