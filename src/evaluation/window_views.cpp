// SPDX-License-Identifier: Apache-2.0
#include "evaluation/window_views.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/rounding.h"
#include "engine/device.h"
#include "evaluation/levels.h"

namespace seg {
WindowViews::WindowViews(Network& network, ViewOptions options) : network_(network), options_(std::move(options)) {
  if (network.graph().outputs.size() != 1) throw std::logic_error("[views] the network must have one output");
}

std::vector<View> WindowViews::look(const at::Tensor& image, const std::vector<Span>& rows,
                                    const std::vector<Span>& columns) {
  const PixelExtent window{rows.front().length, columns.front().length};
  std::vector<at::Tensor> windows;
  for (const Span& row : rows)
    for (const Span& column : columns)
      windows.push_back(image.narrow(1, row.begin, row.length).narrow(2, column.begin, column.length));
  std::vector<View> views;
  const auto most = static_cast<std::size_t>(windows_at_once(looking(), options_, window));
  for (std::size_t begin = 0; begin < windows.size(); begin += most) {
    const std::size_t end = std::min(begin + most, windows.size());
    const at::ArrayRef<at::Tensor> parts(windows.data() + begin, end - begin);
    at::Tensor seen = padded(parts.size() == 1 ? parts.front() : at::cat(parts));
    if (options_.flips) seen = at::cat({seen, seen.flip({2})});
    const at::Tensor values = values_of(seen);
    const auto count = static_cast<std::int64_t>(end - begin);
    for (std::int64_t i = 0; i < count; ++i)
      views.push_back(
          {.values = values.select(0, i), .mirrored = options_.flips ? values.select(0, count + i) : at::Tensor()});
  }
  return views;
}

LookingNetwork WindowViews::looking() const {
  return {.graph = network_.graph(), .plan = network_.plan(), .threads = compute_threads()};
}

// [N,h,w,K]
at::Tensor WindowViews::values_of(const at::Tensor& images) {
  const at::Tensor values = network_.forward({{"image", images.contiguous()}}, {.training = false}).front().tensor;
  return values.permute({0, 2, 3, 1}).to(at::kCPU, at::kFloat).contiguous();
}

at::Tensor WindowViews::padded(const at::Tensor& windows) const {
  const PixelExtent size{rounded_up(windows.size(1), options_.size_divisor),
                         rounded_up(windows.size(2), options_.size_divisor)};
  if (size.height == windows.size(1) && size.width == windows.size(2)) return windows;
  // Of whole numbers, as SingleScale pads whole images.
  return on_colour(windows, size, at::tensor(options_.padding).to(at::kInt));
}

}  // namespace seg
