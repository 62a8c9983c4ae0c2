// SPDX-License-Identifier: Apache-2.0
// Tiles of 4x4 outputs are taken in chunks, which with up to 128 channels stay in a core's cache: their windows are
// transformed to 36 planes (one a point) of [tiles, channels], each plane is multiplied with the transformed weight,
// and the products go back to the outputs. The gradient of the weight is the adjoint: blocks of it are summed over all
// tiles, each block by one thread.
#include "engine/kernels/winograd.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "engine/kernels/dense_map.h"
#include "engine/kernels/matrix_product.h"
#include "engine/kernels/winograd_transforms.h"

namespace seg::kernels::winograd {
namespace {

constexpr std::int64_t kPanel = 64;      // columns of a product: what the registers of four rows of vectors take
constexpr std::int64_t kMostTiles = 48;  // a chunk: a multiple of the rows of a product's tile
constexpr std::int64_t kTileGroup = 6;

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }
std::int64_t divided_up(std::int64_t n, std::int64_t by) { return (n + by - 1) / by; }

// Planes in one block of memory. Their distance is no multiple of 4096 bytes, or the 36 places that one element of a
// tile goes to would share a handful of cache lines.
class Planes {
 public:
  Planes(float* data, std::int64_t rows, std::int64_t row_size)
      : data_(data), row_size_(row_size), distance_(distance(rows, row_size)) {}
  static std::int64_t distance(std::int64_t rows, std::int64_t row_size) { return rows * row_size + 16; }
  static std::int64_t total_size(std::int64_t rows, std::int64_t row_size) {
    return static_cast<std::int64_t>(kNumPoints) * distance(rows, row_size);
  }

  float* plane(std::size_t point) const { return data_ + static_cast<std::int64_t>(point) * distance_; }
  template <class Addresses>
  void address(std::int64_t row, Addresses& addresses) const {
    for (std::size_t i = 0; i < addresses.size(); ++i) addresses[i] = plane(i) + row * row_size_;
  }

 private:
  float* data_;
  std::int64_t row_size_, distance_;
};

// A channels-last map cut into tiles.
struct Grid {
  std::int64_t images, height, width;
  std::int64_t rows = divided_up(height, kOutputs), columns = divided_up(width, kOutputs);
  std::int64_t tiles = images * rows * columns;

  explicit Grid(const at::Tensor& map) : images(map.size(0)), height(map.size(2)), width(map.size(3)) {}

  // The elements of the square of Side x Side with the given first row and column, relative to the tile; what lies
  // outside the map is at `outside`.
  template <std::size_t Side, class Pointer>
  void address(std::int64_t tile, std::int64_t offset, Pointer map, std::int64_t channels, Pointer outside,
               std::array<Pointer, Side * Side>& addresses) const {
    const std::int64_t image = tile / (rows * columns), place = tile % (rows * columns);
    const std::int64_t top = place / columns * static_cast<std::int64_t>(kOutputs) + offset;
    const std::int64_t left = place % columns * static_cast<std::int64_t>(kOutputs) + offset;
    for (std::size_t i = 0; i < Side; ++i) {
      const std::int64_t y = top + static_cast<std::int64_t>(i);
      for (std::size_t j = 0; j < Side; ++j) {
        const std::int64_t x = left + static_cast<std::int64_t>(j);
        const bool is_inside = y >= 0 && y < height && x >= 0 && x < width;
        addresses[i * Side + j] = is_inside ? map + ((image * height + y) * width + x) * channels : outside;
      }
    }
  }
};

at::Tensor floats(std::int64_t count) { return at::empty({count}, at::kFloat); }

at::Tensor channels_last_map(const Grid& grid, std::int64_t channels) {
  return at::empty({grid.images, channels, grid.height, grid.width},
                   at::TensorOptions(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
}

// As many tiles in a chunk as keep all threads busy to the end.
std::int64_t tiles_of_chunk(std::int64_t tiles) {
  const std::int64_t threads = at::get_num_threads();
  const std::int64_t chunks = divided_up(divided_up(tiles, kMostTiles), threads) * threads;
  return std::clamp(divided_up(divided_up(tiles, chunks), kTileGroup) * kTileGroup, kTileGroup, kMostTiles);
}

// The weight at its 36 points: [point][panel of columns][depth][kPanel].
struct PointWeights {
  at::Tensor data;
  std::int64_t depth, columns, panels = divided_up(columns, kPanel);

  std::int64_t point_size() const { return panels * depth * kPanel; }
  std::int64_t panel_columns(std::int64_t panel) const { return std::min(kPanel, columns - panel * kPanel); }
  RightMatrix panel(std::size_t point, std::int64_t panel) const {
    const std::int64_t offset = static_cast<std::int64_t>(point) * point_size() + panel * depth * kPanel;
    return {data.const_data_ptr<float>() + offset, size(kPanel)};
  }
};

// From taps [3, 3, depth, columns]; a rotated weight is read from its last tap to its first.
PointWeights point_weights(const at::Tensor& taps, bool is_rotated) {
  PointWeights weights{{}, taps.size(2), taps.size(3)};
  weights.data = floats(weights.point_size() * static_cast<std::int64_t>(kNumPoints));
  const at::Tensor dense = taps.contiguous();
  const float* const from = dense.const_data_ptr<float>();
  float* const to = weights.data.data_ptr<float>();
  at::parallel_for(0, weights.panels * weights.depth, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t panel = i / weights.depth, row = i % weights.depth;
      Sources<kTaps> sources;
      for (std::size_t tap = 0; tap < sources.size(); ++tap) {
        const auto plane = static_cast<std::int64_t>(is_rotated ? sources.size() - 1 - tap : tap);
        sources[tap] = from + (plane * weights.depth + row) * weights.columns + panel * kPanel;
      }
      Places<kWindow> places;
      for (std::size_t point = 0; point < kNumPoints; ++point)
        places[point] = to + static_cast<std::int64_t>(point) * weights.point_size() + i * kPanel;
      transform_taps(sources, places, size(weights.panel_columns(panel)));
    }
  });
  return weights;
}

// What each thread works in.
class Scratch {
 public:
  explicit Scratch(std::int64_t size_of_thread) : size_(size_of_thread) {
    data_ = floats(size_ * at::get_num_threads());
  }
  float* of_this_thread() { return data_.data_ptr<float>() + size_ * at::get_thread_num(); }

 private:
  std::int64_t size_;
  at::Tensor data_;
};

// Stands for what lies outside a map: is read as zero, and written but never read.
struct Outside {
  explicit Outside(std::int64_t channels) : zeros(at::zeros({channels}, at::kFloat)) {}
  const float* source() const { return zeros.const_data_ptr<float>(); }
  at::Tensor zeros;
};

class Convolution {
 public:
  Convolution(const at::Tensor& x, const PointWeights& weights)
      : grid_(x),
        weights_(weights),
        most_(tiles_of_chunk(grid_.tiles)),
        outside_(weights.depth),
        x_(x.const_data_ptr<float>()),
        result_(channels_last_map(grid_, weights.columns)),
        y_(result_.data_ptr<float>()) {}

  at::Tensor run() {
    const std::int64_t window_size = Planes::total_size(most_, weights_.depth);
    const std::int64_t product_size = Planes::total_size(most_, kPanel);
    Scratch scratch(window_size + product_size + kPanel);
    at::parallel_for(0, divided_up(grid_.tiles, most_), 1, [&](std::int64_t begin, std::int64_t end) {
      float* const memory = scratch.of_this_thread();
      const Planes windows(memory, most_, weights_.depth);
      const Planes products(memory + window_size, most_, kPanel);
      for (std::int64_t chunk = begin; chunk < end; ++chunk) {
        const std::int64_t first = chunk * most_, tiles = std::min(most_, grid_.tiles - first);
        read_windows(first, tiles, windows);
        for (std::int64_t panel = 0; panel < weights_.panels; ++panel) {
          multiply(panel, tiles, windows, products);
          write_outputs(panel, first, tiles, products, memory + window_size + product_size);
        }
      }
    });
    return result_;
  }

 private:
  void read_windows(std::int64_t first, std::int64_t tiles, const Planes& windows) const {
    Sources<kWindow> window;
    Places<kWindow> places;
    for (std::int64_t t = 0; t < tiles; ++t) {
      grid_.address<kWindow>(first + t, -1, x_, weights_.depth, outside_.source(), window);
      windows.address(t, places);
      transform_window(window, places, size(weights_.depth));
    }
  }

  void multiply(std::int64_t panel, std::int64_t tiles, const Planes& windows, const Planes& products) const {
    const ProductExtent extent{size(tiles), size(weights_.depth), size(weights_.panel_columns(panel))};
    for (std::size_t point = 0; point < kNumPoints; ++point) {
      product({windows.plane(point), size(weights_.depth), 1}, weights_.panel(point, panel),
              {products.plane(point), size(kPanel)}, extent);
    }
  }

  void write_outputs(std::int64_t panel, std::int64_t first, std::int64_t tiles, const Planes& products,
                     float* nowhere) const {
    Sources<kWindow> sums;
    Places<kOutputs> outputs;
    for (std::int64_t t = 0; t < tiles; ++t) {
      products.address(t, sums);
      grid_.address<kOutputs>(first + t, 0, y_ + panel * kPanel, weights_.columns, nowhere, outputs);
      transform_to_outputs(sums, outputs, size(weights_.panel_columns(panel)));
    }
  }

  Grid grid_;
  const PointWeights& weights_;
  std::int64_t most_;
  Outside outside_;
  const float* x_;
  at::Tensor result_;
  float* y_;
};

// The sums are cut into blocks of input by output channels and, where those are few, into parts of the tiles. How they
// are cut depends on the shapes alone, and so do the bits of the result.
class WeightGradient {
 public:
  WeightGradient(const at::Tensor& x, const at::Tensor& dy)
      : grid_(x),
        inputs_(x.size(1)),
        outputs_(dy.size(1)),
        outside_(std::max(inputs_, outputs_)),
        x_(x.const_data_ptr<float>()),
        dy_(dy.const_data_ptr<float>()),
        rows_(std::min(inputs_, kPanel)),
        row_blocks_(divided_up(inputs_, rows_)),
        panels_(divided_up(outputs_, kPanel)),
        chunks_(divided_up(grid_.tiles, kTilesOfChunk)),
        parts_(std::clamp(divided_up(kEnoughJobs, row_blocks_ * panels_), std::int64_t{1}, chunks_)),
        block_size_(static_cast<std::int64_t>(kNumPoints) * rows_ * kPanel),
        sums_(floats(parts_ * row_blocks_ * panels_ * block_size_)) {}

  at::Tensor run() {
    const std::int64_t window_size = Planes::total_size(kTilesOfChunk, rows_);
    Scratch scratch(window_size + Planes::total_size(kTilesOfChunk, kPanel));
    at::parallel_for(0, parts_ * row_blocks_ * panels_, 1, [&](std::int64_t begin, std::int64_t end) {
      float* const memory = scratch.of_this_thread();
      const Planes windows(memory, kTilesOfChunk, rows_);
      const Planes gradients(memory + window_size, kTilesOfChunk, kPanel);
      for (std::int64_t job = begin; job < end; ++job) sum_block(job, windows, gradients);
    });
    const at::Tensor taps =
        at::empty({static_cast<std::int64_t>(kTaps), static_cast<std::int64_t>(kTaps), inputs_, outputs_}, at::kFloat);
    at::parallel_for(0, inputs_ * panels_, 8, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) write_taps(i / panels_, i % panels_, taps.data_ptr<float>());
    });
    return taps.permute({3, 2, 0, 1});
  }

 private:
  static constexpr std::int64_t kTilesOfChunk = 32;
  static constexpr std::int64_t kEnoughJobs = 16;

  std::int64_t panel_columns(std::int64_t panel) const { return std::min(kPanel, outputs_ - panel * kPanel); }
  float* sums(std::int64_t part, std::int64_t block) const {
    return sums_.data_ptr<float>() + (part * row_blocks_ * panels_ + block) * block_size_;
  }

  void sum_block(std::int64_t job, const Planes& windows, const Planes& gradients) const {
    const std::int64_t part = job / (row_blocks_ * panels_), block = job % (row_blocks_ * panels_);
    const std::int64_t first_row = block / panels_ * rows_, panel = block % panels_;
    const ProductExtent extent{size(std::min(rows_, inputs_ - first_row)), 0, size(panel_columns(panel))};
    const std::int64_t begin = chunks_ * part / parts_, end = chunks_ * (part + 1) / parts_;
    for (std::int64_t chunk = begin; chunk < end; ++chunk) {
      const std::int64_t first = chunk * kTilesOfChunk, tiles = std::min(kTilesOfChunk, grid_.tiles - first);
      read_tiles(first, tiles, first_row, extent.rows, windows, panel, gradients);
      for (std::size_t point = 0; point < kNumPoints; ++point) {
        const LeftMatrix left{windows.plane(point), 1, size(rows_)};
        const RightMatrix right{gradients.plane(point), size(kPanel)};
        const ResultMatrix sum{sums(part, block) + static_cast<std::int64_t>(point) * rows_ * kPanel, size(kPanel)};
        (chunk == begin ? product : add_product)(left, right, sum, {extent.rows, size(tiles), extent.columns});
      }
    }
  }

  void read_tiles(std::int64_t first, std::int64_t tiles, std::int64_t first_row, std::size_t rows,
                  const Planes& windows, std::int64_t panel, const Planes& gradients) const {
    Sources<kWindow> window;
    Sources<kOutputs> outputs;
    Places<kWindow> places;
    for (std::int64_t t = 0; t < tiles; ++t) {
      grid_.address<kWindow>(first + t, -1, x_ + first_row, inputs_, outside_.source(), window);
      windows.address(t, places);
      transform_window(window, places, rows);
      grid_.address<kOutputs>(first + t, 0, dy_ + panel * kPanel, outputs_, outside_.source(), outputs);
      gradients.address(t, places);
      transform_output_gradient(outputs, places, size(panel_columns(panel)));
    }
  }

  // One row of a block: the parts' sums together, then back to taps.
  void write_taps(std::int64_t row, std::int64_t panel, float* taps) const {
    const std::int64_t block = row / rows_ * panels_ + panel, columns = panel_columns(panel);
    Sources<kWindow> points;
    for (std::size_t point = 0; point < kNumPoints; ++point) {
      const std::int64_t offset = (static_cast<std::int64_t>(point) * rows_ + row % rows_) * kPanel;
      float* const total = sums(0, block) + offset;
      for (std::int64_t part = 1; part < parts_; ++part) {
        const float* const more = sums(part, block) + offset;
        for (std::int64_t i = 0; i < columns; ++i) total[i] += more[i];
      }
      points[point] = total;
    }
    Places<kTaps> places;
    for (std::size_t tap = 0; tap < places.size(); ++tap)
      places[tap] = taps + (static_cast<std::int64_t>(tap) * inputs_ + row) * outputs_ + panel * kPanel;
    transform_to_taps(points, places, size(columns));
  }

  Grid grid_;
  std::int64_t inputs_, outputs_;
  Outside outside_;
  const float *x_, *dy_;
  std::int64_t rows_, row_blocks_, panels_, chunks_, parts_, block_size_;
  at::Tensor sums_;
};

}  // namespace

bool serves(const at::Tensor& map, const at::Tensor& weight) {
  return map.scalar_type() == at::kFloat && map.device().is_cpu() && weight.size(2) == 3 && weight.size(3) == 3 &&
         weight.size(0) % kWinogradChannels == 0 && weight.size(1) % kWinogradChannels == 0 && is_dense_map(map);
}

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight) {
  const PointWeights weights = point_weights(weight.permute({2, 3, 1, 0}), false);
  return Convolution(x, weights).run();
}

at::Tensor input_gradient(const at::Tensor& dy, const at::Tensor& weight) {
  const PointWeights weights = point_weights(weight.permute({2, 3, 0, 1}), true);
  return Convolution(dy, weights).run();
}

at::Tensor weight_gradient(const at::Tensor& x, const at::Tensor& dy) { return WeightGradient(x, dy).run(); }

}  // namespace seg::kernels::winograd
