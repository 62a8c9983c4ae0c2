// SPDX-License-Identifier: Apache-2.0
#include "evaluation/window_views.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <stdexcept>

#include "base/rounding.h"
#include "engine/device.h"
#include "evaluation/image_memory.h"
#include "evaluation/levels.h"
#include "graph/shapes.h"

namespace seg {
namespace {

constexpr std::int64_t kPixelsAtOnce = std::int64_t{1} << 21;  // of the views that the network sees together

}  // namespace

WindowViews::WindowViews(Network& network, const ViewOptions& options)
    : network_(network),
      flips_(options.flips),
      size_divisor_(options.size_divisor),
      padding_(options.padding),
      memory_bytes_(options.memory_bytes) {
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
  const auto most = static_cast<std::size_t>(windows_at_once(window));
  for (std::size_t begin = 0; begin < windows.size(); begin += most) {
    const std::size_t end = std::min(begin + most, windows.size());
    const at::ArrayRef<at::Tensor> parts(windows.data() + begin, end - begin);
    at::Tensor seen = padded(parts.size() == 1 ? parts.front() : at::cat(parts));
    if (flips_) seen = at::cat({seen, seen.flip({2})});
    const at::Tensor values = values_of(seen);
    const auto count = static_cast<std::int64_t>(end - begin);
    for (std::int64_t i = 0; i < count; ++i)
      views.push_back({.values = values.select(0, i), .mirrored = flips_ ? values.select(0, count + i) : at::Tensor()});
  }
  return views;
}

std::int64_t WindowViews::peak_bytes(const PixelExtent& window, std::int64_t count) const {
  const InputSize size{.images = pair() * count,
                       .height = rounded_up(window.height, size_divisor_),
                       .width = rounded_up(window.width, size_divisor_)};
  return image_memory(network_.graph(), network_.plan(),
                      {.size = size, .bytes = {.full = 4, .compute = 4}, .threads = compute_threads()});
}

std::int64_t WindowViews::windows_at_once(const PixelExtent& window) const {
  std::int64_t count = std::max<std::int64_t>(1, kPixelsAtOnce / (pair() * window.height * window.width));
  while (count > 1 && memory_bytes_ && peak_bytes(window, count) > *memory_bytes_) count /= 2;
  return count;
}

// [N,h,w,K]
at::Tensor WindowViews::values_of(const at::Tensor& images) {
  const at::Tensor values = network_.forward({{"image", images.contiguous()}}, {.training = false}).front().tensor;
  return values.permute({0, 2, 3, 1}).to(at::kCPU, at::kFloat).contiguous();
}

at::Tensor WindowViews::padded(const at::Tensor& windows) const {
  const PixelExtent size{rounded_up(windows.size(1), size_divisor_), rounded_up(windows.size(2), size_divisor_)};
  if (size.height == windows.size(1) && size.width == windows.size(2)) return windows;
  // Of whole numbers, as SingleScale pads whole images.
  return on_colour(windows, size, at::tensor(padding_).to(at::kInt));
}

}  // namespace seg
