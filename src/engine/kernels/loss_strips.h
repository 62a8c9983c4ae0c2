// SPDX-License-Identifier: Apache-2.0
// The logits and labels of a loss as its tiles want them (loss_tile.h), and the walks over all tiles: full-resolution
// logits never exist, forward keeps three numbers a pixel, and backward makes the logits anew.
//
// Work is cut into strips: the output rows that lie between two neighbouring rows of logits. A strip's gradient goes to
// those two rows. A thread goes through neighbouring rows of logits and keeps what a strip sends down until the next
// row is written; where it begins it makes the strip above anew, which another thread has made, too. So nothing is
// shared between threads, and all sums are in a fixed order. Within a row, pixels are in the order of loss_columns.h.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/kernels/axis.h"
#include "engine/kernels/kernel.h"
#include "engine/kernels/loss_tile.h"

namespace seg::kernels {

class LossStrips {
 public:
  // Reads: logits [N,K,h,w] fp32 or bf16 in any layout, labels [N,H,W] byte.
  explicit LossStrips(const Call& call);

  std::int64_t num_classes() const { return classes_; }
  std::int64_t num_rows() const { return images_ * height_; }  // of pixels
  std::int64_t row_pixels() const { return row_pixels_; }      // in a row, those that are none included
  std::int64_t most_rows() const { return most_rows_; }        // of a tile
  std::int64_t most_slots() const { return most_slots_; }
  const at::TensorOptions& number() const { return number_; }

  at::Tensor pixel_numbers() const;                      // [N,H,row_pixels] float, not filled
  at::Tensor arranged(const at::Tensor& numbers) const;  // [N,H,W] -> the same; 0 where there is no pixel

  // Fills what loss_forward() fills, and labels. The arrays of pixels in `forward` begin at the first one.
  LossStatistics forward(const LossForward& forward);
  std::span<const float> losses() const;
  const std::uint8_t* labels() const;  // as the losses; the ignored one where there is no pixel

  // f(tile, pixel): `pixel` is where the tile's arrays begin among all pixels.
  template <class F>
  void for_each_tile(const F& f) const {
    for (std::int64_t image = 0; image < images_; ++image)
      for (const auto& strip : strips_.runs)
        for (std::size_t i = 0; i < columns_.groups.size(); ++i) f(tile(image, strip, i), pixel_of(image, strip, i));
  }

  // The gradient of the logits, channels-last. f(tile, pixel, scratch, upper, lower) adds a tile's to its two rows, in
  // several threads; scratch: so many floats.
  using TileGradient =
      std::function<void(const LossTile& tile, std::int64_t pixel, float* scratch, float* upper, float* lower)>;
  at::Tensor gradient(const TileGradient& f, std::int64_t scratch_size) const;

 private:
  using Strip = AxisTable<float>::Run;
  struct StripGradient;

  template <class F>
  void by_columns(const F& f) const;
  template <class T>
  void fill_planes(const at::Tensor& logits);
  template <class T>
  void arrange(const T* row, T where_none, T* to) const;
  std::int64_t plane_offset(std::int64_t image, std::int64_t low_row) const;
  std::int64_t first_pixel(std::int64_t image, const Strip& strip) const;
  std::int64_t pixel_of(std::int64_t image, const Strip& strip, std::size_t group) const;
  LossTile tile(std::int64_t image, const Strip& strip, std::size_t group) const;
  void forward_strip(std::int64_t image, std::size_t strip, const LossForward& forward, float* scratch);
  void backward_strip(std::int64_t image, const Strip& strip, const TileGradient& f, float* scratch,
                      StripGradient& gradient) const;
  const Strip* strip_below(std::int64_t row) const;
  void write_row(std::vector<float>& row, float* pixels) const;

  std::int64_t images_, classes_, low_height_, low_width_, height_, width_;
  AxisTable<float> strips_;
  LossColumns columns_;
  std::int64_t plane_width_, row_pixels_, most_rows_ = 0, most_slots_ = 0;
  at::TensorOptions number_;
  at::Tensor labels_, arranged_labels_, planes_, losses_, largest_, scales_;
  std::vector<LossStatistics> statistics_;
};

}  // namespace seg::kernels
