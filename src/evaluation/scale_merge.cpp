// SPDX-License-Identifier: Apache-2.0
#include "evaluation/scale_merge.h"

#include <ATen/ops/zeros.h>

#include <utility>

namespace seg {

std::int64_t bytes_of_sums(const MergedSize& size) {
  return size.num_classes * size.height * size.width * static_cast<std::int64_t>(sizeof(float));
}

void ScaleMerge::make_room() {
  std::int64_t bytes = 0;
  for (const ViewsOfScale& scale : held_)
    for (const View& view : scale.views)
      for (const at::Tensor& values : {view.values, view.mirrored})
        if (values.defined()) bytes += values.numel() * static_cast<std::int64_t>(sizeof(float));
  if (held_.empty() || bytes <= bytes_of_sums(size())) return;
  if (!sums_.defined()) sums_ = at::zeros({result_.height, num_classes_, result_.width}, at::kFloat);
  add_to_sums(held_, size(), rule_, sums_);
  held_.clear();
}

void ScaleMerge::add(ViewsOfScale scale) {
  num_classes_ = scale.views.front().values.size(2);
  held_.push_back(std::move(scale));
}

at::Tensor ScaleMerge::classes() const { return merged_classes(held_, size(), rule_, sums_); }

MergedSize ScaleMerge::size() const {
  return {.num_classes = num_classes_, .height = result_.height, .width = result_.width};
}

}  // namespace seg
