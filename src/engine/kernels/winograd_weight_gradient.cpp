// SPDX-License-Identifier: Apache-2.0
// The gradient of the weight: the adjoint of the convolution in its weight.
//
// The sums over tiles are cut into blocks of input by output channels and, where those are few, into parts of the
// tiles; a block is summed by one thread. How they are cut depends on the shapes alone, and so do the bits of the
// result.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "engine/kernels/dense_map.h"
#include "engine/kernels/matrix_product.h"
#include "engine/kernels/winograd.h"
#include "engine/kernels/winograd_forms.h"
#include "engine/kernels/winograd_grid.h"

namespace seg::kernels::winograd {
namespace {

template <class Form>
class WeightGradient {
 public:
  WeightGradient(const at::Tensor& x, const at::Tensor& dy)
      : grid_(x),
        inputs_(x.size(1)),
        outputs_(dy.size(1)),
        outside_(std::max(inputs_, outputs_), x),
        x_(values_of<Number>(x)),
        dy_(values_of<Number>(dy)),
        rows_(std::min(inputs_, Form::kForm.rows_a_sum)),
        row_blocks_(divided_up(inputs_, rows_)),
        panels_(divided_up(outputs_, kPanel)),
        chunks_(divided_up(grid_.tiles, Form::kForm.tiles_a_sum)),
        parts_(std::clamp(divided_up(kWinogradJobs, row_blocks_ * panels_), std::int64_t{1}, chunks_)),
        block_size_(static_cast<std::int64_t>(kNumPoints) * rows_ * kPanel),
        sums_(room_for<float>(parts_ * row_blocks_ * panels_ * block_size_, x)) {}

  // [out, in, 3, 3], in the order [3, 3, in, out] in memory.
  at::Tensor run() {
    const std::int64_t window_size = FactorPlanes::total_size(kFactorRows, rows_);
    const std::int64_t size_of_thread = window_size + FactorPlanes::total_size(kFactorRows, kPanel);
    const Scratch scratch(size_of_thread * static_cast<std::int64_t>(sizeof(Factor)), at::get_num_threads(), sums_);
    at::parallel_for(0, parts_ * row_blocks_ * panels_, 1, [&](std::int64_t begin, std::int64_t end) {
      auto* const memory = reinterpret_cast<Factor*>(scratch.of_thread(at::get_thread_num()));
      const FactorPlanes windows(memory, kFactorRows, rows_), gradients(memory + window_size, kFactorRows, kPanel);
      for (std::int64_t job = begin; job < end; ++job) sum_block(job, windows, gradients);
    });
    constexpr auto kSide = static_cast<std::int64_t>(kTaps);
    const at::Tensor taps = at::empty({kSide, kSide, inputs_, outputs_}, Form::kType);
    at::parallel_for(0, inputs_ * panels_, 8, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) write_taps(i / panels_, i % panels_, values_to<Number>(taps));
    });
    return taps.permute({3, 2, 0, 1});
  }

 private:
  using Number = typename Form::Number;
  using Factor = typename Form::Factor;
  using FactorPlanes = Planes<Factor, Form::kWindow>;
  static constexpr std::size_t kNumPoints = Form::kWindow * Form::kWindow;
  static constexpr auto kOutputs = static_cast<std::size_t>(Form::kOutputs);
  static constexpr std::int64_t kFactorRows = Form::kForm.tiles_a_sum / Form::kStep;

  std::int64_t panel_columns(std::int64_t panel) const { return std::min(kPanel, outputs_ - panel * kPanel); }
  float* sums(std::int64_t part, std::int64_t block) const {
    return data_of<float>(sums_) + (part * row_blocks_ * panels_ + block) * block_size_;
  }

  void sum_block(std::int64_t job, const FactorPlanes& windows, const FactorPlanes& gradients) const {
    const std::int64_t part = job / (row_blocks_ * panels_), block = job % (row_blocks_ * panels_);
    const std::int64_t first_row = block / panels_ * rows_, panel = block % panels_;
    const std::int64_t rows = std::min(rows_, inputs_ - first_row);
    const std::int64_t begin = chunks_ * part / parts_, end = chunks_ * (part + 1) / parts_;
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      const std::int64_t first = chunk * Form::kForm.tiles_a_sum;
      const std::int64_t factors = divided_up(std::min(Form::kForm.tiles_a_sum, grid_.tiles - first), Form::kStep);
      read_tiles(first, factors, first_row, rows, windows, panel, gradients);
      const ProductExtent extent{size(rows), size(factors), size(panel_columns(panel))};
      for (std::size_t point = 0; point < kNumPoints; ++point) {
        const LeftMatrix<Factor> left{windows.plane(point), 1, size(rows_)};
        const RightMatrix<Factor> right{gradients.plane(point), size(kPanel)};
        const ResultMatrix sum{sums(part, block) + static_cast<std::int64_t>(point) * rows_ * kPanel, size(kPanel)};
        if (chunk == begin)
          product(left, right, sum, extent);
        else
          add_product(left, right, sum, extent);
      }
    }
  }

  void read_tiles(std::int64_t first, std::int64_t factors, std::int64_t first_row, std::int64_t rows,
                  const FactorPlanes& windows, std::int64_t panel, const FactorPlanes& gradients) const {
    typename Form::Windows window;
    typename Form::Outputs outputs;
    typename Form::Points places;
    for (std::int64_t f = 0; f < factors; ++f) {
      for (std::size_t step = 0; step < window.size(); ++step) {
        const std::int64_t tile = first + f * Form::kStep + static_cast<std::int64_t>(step);
        grid_.template address<Form::kWindow>(tile, -1, x_ + first_row, inputs_, outside_.source(), window[step]);
        grid_.template address<kOutputs>(tile, 0, dy_ + panel * kPanel, outputs_, outside_.source(), outputs[step]);
      }
      windows.address(f, places);
      Form::transform_windows(window, places, size(rows));
      gradients.address(f, places);
      Form::transform_output_gradients(outputs, places, size(panel_columns(panel)));
    }
  }

  // One row of a block: the parts' sums together, then back to taps.
  void write_taps(std::int64_t row, std::int64_t panel, Number* taps) const {
    const std::int64_t block = row / rows_ * panels_ + panel, columns = panel_columns(panel);
    Square<const float, Form::kWindow> points;
    for (std::size_t point = 0; point < kNumPoints; ++point) {
      const std::int64_t offset = (static_cast<std::int64_t>(point) * rows_ + row % rows_) * kPanel;
      float* const total = sums(0, block) + offset;
      for (std::int64_t part = 1; part < parts_; ++part) {
        const float* const more = sums(part, block) + offset;
        for (std::int64_t i = 0; i < columns; ++i) total[i] += more[i];
      }
      points[point] = total;
    }
    Square<Number, kTaps> places;
    for (std::size_t tap = 0; tap < places.size(); ++tap)
      places[tap] = taps + (static_cast<std::int64_t>(tap) * inputs_ + row) * outputs_ + panel * kPanel;
    Form::transform_to_taps(points, places, size(columns));
  }

  Grid<Form::kOutputs> grid_;
  std::int64_t inputs_, outputs_;
  Outside<Number> outside_;
  const Number *x_, *dy_;
  std::int64_t rows_, row_blocks_, panels_, chunks_, parts_, block_size_;
  at::Tensor sums_;
};

}  // namespace

at::Tensor weight_gradient(const at::Tensor& x, const at::Tensor& dy) {
  return with_form(x.scalar_type(), [&]<class Form>(Form) { return WeightGradient<Form>(x, dy).run(); });
}

}  // namespace seg::kernels::winograd
