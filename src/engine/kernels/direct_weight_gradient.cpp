// SPDX-License-Identifier: Apache-2.0
// The sums are cut into blocks of input by output channels and into parts of the output's rows; a block of a part is
// summed by one thread, row by row, so that a row of the input serves all its taps while it is near the core.
#include "engine/kernels/direct_weight_gradient.h"

#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "base/rounding.h"
#include "engine/kernels/dense_map.h"
#include "engine/kernels/matrix_product.h"

namespace seg::kernels {
namespace {

constexpr auto kPanel = static_cast<std::int64_t>(kProductPanel);
constexpr std::int64_t kRows = 64;
constexpr std::int64_t kEnoughJobs = 16;

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

class DirectWeightGradient {
 public:
  DirectWeightGradient(const ConvolutionOptions& options, const at::Tensor& x, const at::Tensor& dy)
      : o_(options),
        inputs_(x.size(1)),
        outputs_(dy.size(1)),
        in_height_(x.size(2)),
        in_width_(x.size(3)),
        height_(dy.size(2)),
        width_(dy.size(3)),
        map_rows_(dy.size(0) * height_),
        x_(values_of<float>(x)),
        dy_(values_of<float>(dy)),
        row_blocks_(divided_up(inputs_, kRows)),
        panels_(divided_up(outputs_, kPanel)),
        parts_(std::clamp(divided_up(kEnoughJobs, row_blocks_ * panels_), std::int64_t{1}, map_rows_)),
        sums_(at::zeros({parts_, o_.kernel * o_.kernel, inputs_, outputs_}, at::kFloat)) {}

  at::Tensor run() {
    const std::int64_t blocks = row_blocks_ * panels_;
    at::parallel_for(0, parts_ * blocks, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t job = begin; job < end; ++job) sum_block(job / blocks, job % blocks);
    });
    // [kernel, kernel, in, out] in memory.
    const at::Tensor taps = parts_ == 1 ? sums_[0] : sums_.sum(0);
    return taps.view({o_.kernel, o_.kernel, inputs_, outputs_}).permute({3, 2, 0, 1});
  }

 private:
  void sum_block(std::int64_t part, std::int64_t block) const {
    const std::int64_t first_row = block / panels_ * kRows, first_column = block % panels_ * kPanel;
    ProductExtent extent;
    extent.rows = size(std::min(kRows, inputs_ - first_row));
    extent.columns = size(std::min(kPanel, outputs_ - first_column));
    float* const sums = sums_.data_ptr<float>() + part * o_.kernel * o_.kernel * inputs_ * outputs_;
    for (std::int64_t r = map_rows_ * part / parts_; r < map_rows_ * (part + 1) / parts_; ++r) {
      const std::int64_t image = r / height_, top = r % height_ * o_.stride - o_.padding;
      for (std::int64_t i = 0; i < o_.kernel; ++i) {
        const std::int64_t y = top + i;
        if (y < 0 || y >= in_height_) continue;
        const float* const x_row = x_ + (image * in_height_ + y) * in_width_ * inputs_ + first_row;
        for (std::int64_t j = 0; j < o_.kernel; ++j) {
          float* const sum = sums + ((i * o_.kernel + j) * inputs_ + first_row) * outputs_ + first_column;
          add_tap(j - o_.padding, x_row, dy_ + r * width_ * outputs_ + first_column, sum, extent);
        }
      }
    }
  }

  // The outputs of a row whose tap, `shift` columns from where they begin, lies inside the input.
  void add_tap(std::int64_t shift, const float* x_row, const float* dy_row, float* sum, ProductExtent extent) const {
    const std::int64_t begin = shift >= 0 ? 0 : divided_up(-shift, o_.stride);
    const std::int64_t end = std::min(width_, divided_up(in_width_ - shift, o_.stride));
    if (begin >= end) return;
    extent.depth = size(end - begin);
    add_product(LeftMatrix<float>{x_row + (begin * o_.stride + shift) * inputs_, 1, size(o_.stride * inputs_)},
                RightMatrix<float>{dy_row + begin * outputs_, size(outputs_)}, {sum, size(outputs_)}, extent);
  }

  const ConvolutionOptions& o_;
  std::int64_t inputs_, outputs_, in_height_, in_width_, height_, width_, map_rows_;
  const float *x_, *dy_;
  std::int64_t row_blocks_, panels_, parts_;
  at::Tensor sums_;
};

}  // namespace

bool serves_direct_weight_gradient(const ConvolutionOptions& options) {
  return options.groups == 1 && options.dilation == 1 &&
         options.out_channels % static_cast<std::int64_t>(kProductColumns) == 0;
}

at::Tensor direct_weight_gradient(const ConvolutionOptions& options, const at::Tensor& x, const at::Tensor& dy) {
  return DirectWeightGradient(options, x, dy).run();
}

}  // namespace seg::kernels
