// SPDX-License-Identifier: Apache-2.0
// The convolution, which is the gradient of its input as well (with the weight turned round).
//
// Tiles are taken in chunks, which with up to 128 channels stay in a core's cache: their windows are transformed to
// planes (one a point) of [tiles, channels], each plane is multiplied with the transformed weight, and the products go
// back to the outputs.
#include "engine/kernels/winograd.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "engine/kernels/dense_map.h"
#include "engine/kernels/matrix_product.h"
#include "engine/kernels/winograd_forms.h"
#include "engine/kernels/winograd_grid.h"

namespace seg::kernels::winograd {
namespace {

// Where tap (i, j) of (depth d, column c) of a weight lies: data[(3 i + j) * tap_step + d * row_step + c].
template <class Number>
struct TapRows {
  const Number* data;
  std::int64_t depth, columns, tap_step, row_step;
  bool is_turned;  // read from the last tap to the first
};

// The weight at its points: [point][panel of columns][depth in factors][kPanel].
template <class Form>
class PointWeights {
 public:
  using Factor = typename Form::Factor;

  PointWeights(const TapRows<typename Form::Number>& taps, const at::Tensor& like)
      : depth_(taps.depth),
        columns_(taps.columns),
        panels_(divided_up(columns_, kPanel)),
        data_(room_for<Factor>(static_cast<std::int64_t>(Form::kWindow * Form::kWindow) * point_size(), like)) {
    at::parallel_for(0, panels_ * factors(), 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) transform_row(taps, i / factors(), i % factors());
    });
  }

  std::int64_t depth() const { return depth_; }
  std::int64_t factors() const { return depth_ / Form::kStep; }
  std::int64_t columns() const { return columns_; }
  std::int64_t panels() const { return panels_; }
  std::int64_t panel_columns(std::int64_t panel) const { return std::min(kPanel, columns_ - panel * kPanel); }
  RightMatrix<Factor> panel(std::size_t point, std::int64_t panel) const {
    return {place(point, panel, 0), size(kPanel)};
  }

 private:
  std::int64_t point_size() const { return panels_ * factors() * kPanel; }
  Factor* place(std::size_t point, std::int64_t panel, std::int64_t row) const {
    return data_of<Factor>(data_) + static_cast<std::int64_t>(point) * point_size() +
           (panel * factors() + row) * kPanel;
  }

  void transform_row(const TapRows<typename Form::Number>& taps, std::int64_t panel, std::int64_t row) const {
    typename Form::Taps sources;
    for (std::size_t step = 0; step < sources.size(); ++step) {
      const std::int64_t depth = row * Form::kStep + static_cast<std::int64_t>(step);
      for (std::size_t tap = 0; tap < sources[step].size(); ++tap) {
        const auto read = static_cast<std::int64_t>(taps.is_turned ? sources[step].size() - 1 - tap : tap);
        sources[step][tap] = taps.data + read * taps.tap_step + depth * taps.row_step + panel * kPanel;
      }
    }
    typename Form::Points places;
    for (std::size_t point = 0; point < places.size(); ++point) places[point] = place(point, panel, row);
    Form::transform_taps(sources, places, size(panel_columns(panel)));
  }

  std::int64_t depth_, columns_, panels_;
  at::Tensor data_;
};

template <class Form>
class Convolution {
 public:
  Convolution(const at::Tensor& x, const PointWeights<Form>& weights)
      : grid_(x),
        weights_(weights),
        most_(tiles_of_chunk(grid_.tiles)),
        outside_(weights.depth(), x),
        x_(values_of<Number>(x)),
        result_(at::empty({grid_.images, weights.columns(), grid_.height, grid_.width},
                          x.options().memory_format(at::MemoryFormat::ChannelsLast))),
        y_(values_to<Number>(result_)) {}

  at::Tensor run() {
    const std::int64_t window_bytes = FactorPlanes::total_size(most_, weights_.factors()) * kFactorSize;
    const std::int64_t product_size = SumPlanes::total_size(most_, kPanel);
    const std::int64_t sum_bytes = (product_size + kPanel) * static_cast<std::int64_t>(sizeof(float));
    const Scratch scratch(window_bytes + sum_bytes, at::get_num_threads(), result_);
    at::parallel_for(0, divided_up(grid_.tiles, most_), 1, [&](std::int64_t begin, std::int64_t end) {
      char* const memory = scratch.of_thread(at::get_thread_num());
      const FactorPlanes windows(reinterpret_cast<Factor*>(memory), most_, weights_.factors());
      float* const sums = reinterpret_cast<float*>(memory + window_bytes);
      const SumPlanes products(sums, most_, kPanel);
      auto* const nowhere = reinterpret_cast<Number*>(sums + product_size);
      for (std::int64_t chunk = begin; chunk < end; ++chunk) {
        const std::int64_t first = chunk * most_, tiles = std::min(most_, grid_.tiles - first);
        read_windows(first, tiles, windows);
        for (std::int64_t panel = 0; panel < weights_.panels(); ++panel) {
          multiply(panel, tiles, windows, products);
          write_outputs(panel, first, tiles, products, nowhere);
        }
      }
    });
    return result_;
  }

 private:
  using Number = typename Form::Number;
  using Factor = typename Form::Factor;
  using FactorPlanes = Planes<Factor, Form::kWindow>;
  using SumPlanes = Planes<float, Form::kWindow>;
  static constexpr std::int64_t kFactorSize = sizeof(Factor);
  static constexpr std::int64_t kTileGroup = 6;  // rows of a product's tile

  // As many tiles in a chunk as keep all threads busy to the end.
  static std::int64_t tiles_of_chunk(std::int64_t tiles) {
    constexpr std::int64_t kMost = Form::kForm.tiles_a_chunk;
    const std::int64_t threads = at::get_num_threads();
    const std::int64_t chunks = divided_up(divided_up(tiles, kMost), threads) * threads;
    return std::clamp(divided_up(divided_up(tiles, chunks), kTileGroup) * kTileGroup, kTileGroup, kMost);
  }

  void read_windows(std::int64_t first, std::int64_t tiles, const FactorPlanes& windows) const {
    Square<const Number, Form::kWindow> window;
    typename Form::Points places;
    for (std::int64_t t = 0; t < tiles; ++t) {
      grid_.template address<Form::kWindow>(first + t, -1, x_, weights_.depth(), outside_.source(), window);
      windows.address(t, places);
      Form::transform_window(window, places, size(weights_.depth()));
    }
  }

  void multiply(std::int64_t panel, std::int64_t tiles, const FactorPlanes& windows, const SumPlanes& products) const {
    const ProductExtent extent{size(tiles), size(weights_.factors()), size(weights_.panel_columns(panel))};
    for (std::size_t point = 0; point < Form::kWindow * Form::kWindow; ++point) {
      product(LeftMatrix<Factor>{windows.plane(point), size(weights_.factors()), 1}, weights_.panel(point, panel),
              {products.plane(point), size(kPanel)}, extent);
    }
  }

  void write_outputs(std::int64_t panel, std::int64_t first, std::int64_t tiles, const SumPlanes& products,
                     Number* nowhere) const {
    Square<const float, Form::kWindow> sums;
    constexpr auto kSide = static_cast<std::size_t>(Form::kOutputs);
    Square<Number, kSide> outputs;
    for (std::int64_t t = 0; t < tiles; ++t) {
      products.address(t, sums);
      grid_.template address<kSide>(first + t, 0, y_ + panel * kPanel, weights_.columns(), nowhere, outputs);
      Form::transform_to_outputs(sums, outputs, size(weights_.panel_columns(panel)));
    }
  }

  Grid<Form::kOutputs> grid_;
  const PointWeights<Form>& weights_;
  std::int64_t most_;
  Outside<Number> outside_;
  const Number* x_;
  at::Tensor result_;
  Number* y_;
};

template <class Form>
TapRows<typename Form::Number> tap_rows(const at::Tensor& taps, bool is_turned) {
  return {
      values_of<typename Form::Number>(taps), taps.size(2), taps.size(3), taps.stride(1), taps.stride(2), is_turned};
}

}  // namespace

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight) {
  return with_form(x.scalar_type(), [&]<class Form>(Form) {
    const at::Tensor taps = weight.permute({2, 3, 1, 0}).contiguous();
    const PointWeights<Form> weights(tap_rows<Form>(taps, false), taps);
    return Convolution<Form>(x, weights).run();
  });
}

at::Tensor input_gradient(const at::Tensor& dy, const at::Tensor& weight) {
  return with_form(dy.scalar_type(), [&]<class Form>(Form) {
    const at::Tensor rows = weight.contiguous(at::MemoryFormat::ChannelsLast);  // [out][3][3][in] in memory
    const PointWeights<Form> weights(tap_rows<Form>(rows.permute({2, 3, 0, 1}), true), rows);
    return Convolution<Form>(dy, weights).run();
  });
}

}  // namespace seg::kernels::winograd
