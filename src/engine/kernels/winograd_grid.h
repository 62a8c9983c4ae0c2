// SPDX-License-Identifier: Apache-2.0
// How maps are cut into tiles, and where a chunk of tiles lies while it is worked on.
#pragma once
#include <ATen/core/Tensor.h>

#include "base/rounding.h"
#include "engine/kernels/matrix_product.h"
#include "engine/kernels/winograd_tile.h"

namespace seg::kernels::winograd {

constexpr std::int64_t kPanel = kWinogradPanel;
static_assert(kPanel == static_cast<std::int64_t>(kProductPanel));

inline std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

// Room for `count` values where those of `like` are, not initialised.
template <class T>
at::Tensor room_for(std::int64_t count, const at::Tensor& like) {
  return like.new_empty({count * static_cast<std::int64_t>(sizeof(T))}, at::kByte);
}
template <class T>
T* data_of(const at::Tensor& room) {
  return static_cast<T*>(room.mutable_data_ptr());
}

// Matrices, one for each point, in one block of memory. Their distance is no multiple of 4096 bytes, or the places
// that one element of a tile goes to would share a handful of cache lines.
template <class T, std::size_t Side>
class Planes {
 public:
  Planes(T* data, std::int64_t rows, std::int64_t row_size)
      : data_(data), row_size_(row_size), distance_(distance(rows, row_size)) {}
  static std::int64_t total_size(std::int64_t rows, std::int64_t row_size) {
    return static_cast<std::int64_t>(Side * Side) * distance(rows, row_size);
  }

  T* plane(std::size_t point) const { return data_ + static_cast<std::int64_t>(point) * distance_; }
  template <class Number>
  void address(std::int64_t row, Square<Number, Side>& addresses) const {
    for (std::size_t i = 0; i < addresses.size(); ++i) addresses[i] = plane(i) + row * row_size_;
  }

 private:
  static std::int64_t distance(std::int64_t rows, std::int64_t row_size) { return rows * row_size + kWinogradGap; }

  T* data_;
  std::int64_t row_size_, distance_;
};

// A channels-last map cut into tiles of kOutputs x kOutputs.
template <std::int64_t kOutputs>
struct Grid {
  std::int64_t images, height, width;
  std::int64_t rows = divided_up(height, kOutputs), columns = divided_up(width, kOutputs);
  std::int64_t tiles = images * rows * columns;

  explicit Grid(const at::Tensor& map) : images(map.size(0)), height(map.size(2)), width(map.size(3)) {}

  // The elements of the square of Side x Side that begins `offset` rows and columns behind the tile's own; what lies
  // outside the map is at `outside`, and so is a whole tile behind the last one.
  template <std::size_t Side, class Number>
  void address(std::int64_t tile, std::int64_t offset, Number* map, std::int64_t channels, Number* outside,
               Square<Number, Side>& addresses) const {
    const std::int64_t image = tile / (rows * columns), place = tile % (rows * columns);
    const std::int64_t top = place / columns * kOutputs + offset, left = place % columns * kOutputs + offset;
    for (std::size_t i = 0; i < Side; ++i) {
      const std::int64_t y = top + static_cast<std::int64_t>(i);
      for (std::size_t j = 0; j < Side; ++j) {
        const std::int64_t x = left + static_cast<std::int64_t>(j);
        const bool is_inside = image < images && y >= 0 && y < height && x >= 0 && x < width;
        addresses[i * Side + j] = is_inside ? map + ((image * height + y) * width + x) * channels : outside;
      }
    }
  }
};

// What each of several threads works in.
class Scratch {
 public:
  Scratch(std::int64_t bytes_of_thread, int threads, const at::Tensor& like)
      : size_(divided_up(bytes_of_thread, kAlignment) * kAlignment), data_(room_for<char>(size_ * threads, like)) {}
  char* of_thread(int thread) const { return data_of<char>(data_) + size_ * thread; }

 private:
  static constexpr std::int64_t kAlignment = 64;
  std::int64_t size_;
  at::Tensor data_;
};

// Stands for what lies outside a map: is read as zero, and written but never read.
template <class Number>
class Outside {
 public:
  Outside(std::int64_t channels, const at::Tensor& like)
      : zeros_(like.new_zeros({channels * static_cast<std::int64_t>(sizeof(Number))}, at::kByte)) {}
  const Number* source() const { return data_of<const Number>(zeros_); }

 private:
  at::Tensor zeros_;
};

}  // namespace seg::kernels::winograd
