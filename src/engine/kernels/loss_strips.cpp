// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/loss_strips.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>

namespace seg::kernels {
namespace {

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

void add(std::span<const float> values, std::span<float> sums) {
  for (std::size_t j = 0; j < values.size(); ++j) sums[j] += values[j];
}

float* at_pixel(float* numbers, std::int64_t pixel) { return numbers != nullptr ? numbers + pixel : nullptr; }

}  // namespace

// What a strip sends to the rows of logits above and below it, in the order of a row of planes.
struct LossStrips::StripGradient {
  explicit StripGradient(std::size_t row) : upper(row), lower(row) {}
  std::vector<float> upper, lower;
};

LossStrips::LossStrips(const Call& call)
    : images_(call.reads[0].size(0)),
      classes_(call.reads[0].size(1)),
      low_height_(call.reads[0].size(2)),
      low_width_(call.reads[0].size(3)),
      height_(call.reads[1].size(1)),
      width_(call.reads[1].size(2)),
      number_(call.reads[0].options().dtype(at::kFloat).memory_format(at::MemoryFormat::Contiguous)),
      labels_(call.reads[1].contiguous()) {
  const UpsampleRule& rule = options_of<LossOptions>(call.node).upsample;
  strips_ = axis_table<float>(low_height_, height_, rule.mode, rule.align_corners);
  columns_ = loss_columns(low_width_, width_, rule);
  plane_width_ = (std::ssize(columns_.groups) + 1) * kLossCells;
  row_pixels_ = columns_.num_slots * kLossCells;
  // Where there is no pixel, one behind the row's end is read.
  for (std::int32_t& x : columns_.x) x = x < 0 ? static_cast<std::int32_t>(width_) : x;
  for (const Strip& strip : strips_.runs) most_rows_ = std::max<std::int64_t>(most_rows_, strip.end - strip.begin);
  for (const LossColumns::Group& group : columns_.groups) most_slots_ = std::max(most_slots_, group.num_slots);
  planes_ = at::empty({images_, low_height_, classes_, plane_width_}, number_);
  if (call.reads[0].scalar_type() == at::kBFloat16)
    fill_planes<at::BFloat16>(call.reads[0]);
  else
    fill_planes<float>(call.reads[0]);
}

// Calls f(class, column) for a row of logits, some columns at a time, so that both of a class's and of a column's
// neighbours are in the first cache.
template <class F>
void LossStrips::by_columns(const F& f) const {
  for (std::int64_t begin = 0; begin < low_width_; begin += kLossCells) {
    const std::int64_t end = std::min(low_width_, begin + kLossCells);
    for (std::int64_t k = 0; k < classes_; ++k)
      for (std::int64_t x = begin; x < end; ++x) f(k, x);
  }
}

// [N,K,h,w] in any layout -> [N,h,K,plane_width]. Behind a row's end comes its first value.
template <class T>
void LossStrips::fill_planes(const at::Tensor& logits) {
  const T* const from = logits.const_data_ptr<T>();
  float* const to = planes_.mutable_data_ptr<float>();
  const at::IntArrayRef strides = logits.strides();
  at::parallel_for(0, images_ * low_height_, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const T* const row = from + i / low_height_ * strides[0] + i % low_height_ * strides[2];
      float* const plane = to + i * classes_ * plane_width_;
      std::fill_n(plane, classes_ * plane_width_, 0.0F);
      by_columns([&](std::int64_t k, std::int64_t x) {
        plane[k * plane_width_ + x] = static_cast<float>(row[k * strides[1] + x * strides[3]]);
      });
      for (std::int64_t k = 0; k < classes_; ++k) plane[k * plane_width_ + low_width_] = plane[k * plane_width_];
    }
  });
}

// A row of pixels in the order of loss_columns.h.
template <class T>
void LossStrips::arrange(const T* row, T where_none, T* to) const {
  std::vector<T> padded(row, row + width_);
  padded.push_back(where_none);
  for (std::size_t i = 0; i < columns_.x.size(); ++i) to[i] = padded[size(columns_.x[i])];
}

at::Tensor LossStrips::pixel_numbers() const { return at::empty({images_, height_, row_pixels_}, number_); }

at::Tensor LossStrips::arranged(const at::Tensor& numbers) const {
  const at::Tensor dense = numbers.to(at::kFloat).contiguous();
  at::Tensor result = pixel_numbers();
  const float* const from = dense.const_data_ptr<float>();
  float* const to = result.mutable_data_ptr<float>();
  constexpr std::int64_t kRows = 16;
  at::parallel_for(0, num_rows(), kRows, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) arrange(from + row * width_, 0.0F, to + row * row_pixels_);
  });
  return result;
}

std::int64_t LossStrips::plane_offset(std::int64_t image, std::int64_t low_row) const {
  return (image * low_height_ + low_row) * classes_ * plane_width_;
}

// The pixels of a strip begin at this one.
std::int64_t LossStrips::first_pixel(std::int64_t image, const Strip& strip) const {
  return (image * height_ + strip.begin) * row_pixels_;
}

std::int64_t LossStrips::pixel_of(std::int64_t image, const Strip& strip, std::size_t group) const {
  return first_pixel(image, strip) + columns_.groups[group].first_slot * kLossCells;
}

LossTile LossStrips::tile(std::int64_t image, const Strip& strip, std::size_t group) const {
  const LossColumns::Group& columns = columns_.groups[group];
  const std::int64_t pixel = pixel_of(image, strip, group);
  const float* const planes = planes_.const_data_ptr<float>() + static_cast<std::int64_t>(group) * kLossCells;
  return {.num_classes = classes_,
          .upper = planes + plane_offset(image, strip.left),
          .lower = planes + plane_offset(image, strip.right),
          .class_stride = plane_width_,
          .num_slots = columns.num_slots,
          .slot_t = columns_.t.data() + columns.first_slot * kLossCells,
          .num_rows = strip.end - strip.begin,
          .row_t = strips_.t.data() + strip.begin,
          .pixel_stride = row_pixels_,
          .labels = arranged_labels_.const_data_ptr<std::uint8_t>() + pixel,
          .losses = losses_.mutable_data_ptr<float>() + pixel,
          .largest = largest_.mutable_data_ptr<float>() + pixel,
          .scales = scales_.mutable_data_ptr<float>() + pixel};
}

LossStatistics LossStrips::forward(const LossForward& forward) {
  losses_ = pixel_numbers();
  largest_ = at::empty_like(losses_);
  scales_ = at::empty_like(losses_);
  arranged_labels_ = at::empty(losses_.sizes(), number_.dtype(at::kByte));
  const std::int64_t per_image = std::ssize(strips_.runs);
  statistics_.assign(size(images_ * per_image), {});
  at::parallel_for(0, images_ * per_image, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scratch(size(loss_scratch_size(classes_, most_rows_)));
    for (std::int64_t i = begin; i < end; ++i)
      forward_strip(i / per_image, size(i % per_image), forward, scratch.data());
  });
  LossStatistics total;
  for (const LossStatistics& strip : statistics_) {
    total.valid += strip.valid;
    total.hard += strip.hard;
    total.hard_sum += strip.hard_sum;
  }
  return total;
}

void LossStrips::forward_strip(std::int64_t image, std::size_t index, const LossForward& forward, float* scratch) {
  const Strip& strip = strips_.runs[index];
  const std::uint8_t* const labels = labels_.const_data_ptr<std::uint8_t>() + image * height_ * width_;
  std::uint8_t* const to = arranged_labels_.mutable_data_ptr<std::uint8_t>() + first_pixel(image, strip);
  for (std::int64_t y = strip.begin; y < strip.end; ++y)
    arrange(labels + y * width_, forward.ignore_label, to + (y - strip.begin) * row_pixels_);
  LossStatistics& statistics = statistics_[size(image) * strips_.runs.size() + index];
  for (std::size_t i = 0; i < columns_.groups.size(); ++i) {
    LossForward of_tile = forward;
    of_tile.spread = at_pixel(forward.spread, pixel_of(image, strip, i));
    of_tile.focus = at_pixel(forward.focus, pixel_of(image, strip, i));
    loss_forward(tile(image, strip, i), of_tile, scratch, statistics);
  }
}

std::span<const float> LossStrips::losses() const { return {losses_.const_data_ptr<float>(), size(losses_.numel())}; }

const std::uint8_t* LossStrips::labels() const { return arranged_labels_.const_data_ptr<std::uint8_t>(); }

void LossStrips::backward_strip(std::int64_t image, const Strip& strip, const TileGradient& f, float* scratch,
                                StripGradient& gradient) const {
  std::ranges::fill(gradient.upper, 0.0F);
  std::ranges::fill(gradient.lower, 0.0F);
  for (std::size_t i = 0; i < columns_.groups.size(); ++i) {
    const std::size_t cell = i * size(kLossCells);
    f(tile(image, strip, i), pixel_of(image, strip, i), scratch, gradient.upper.data() + cell,
      gradient.lower.data() + cell);
  }
}

at::Tensor LossStrips::gradient(const TileGradient& f, std::int64_t scratch_size) const {
  const at::Tensor gradient =
      at::empty({images_, classes_, low_height_, low_width_}, number_.memory_format(at::MemoryFormat::ChannelsLast));
  float* const to = gradient.mutable_data_ptr<float>();
  at::parallel_for(0, images_ * low_height_, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scratch(size(scratch_size));
    StripGradient above(size(classes_ * plane_width_)), own = above;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t image = i / low_height_, row = i % low_height_;
      const Strip *const strip = strip_below(row), *const before = strip_below(row - 1);
      const bool gets_from_above = before != nullptr && before->right == row;
      if (gets_from_above && i == begin) backward_strip(image, *before, f, scratch.data(), above);
      if (strip != nullptr)
        backward_strip(image, *strip, f, scratch.data(), own);
      else
        std::ranges::fill(own.upper, 0.0F);
      if (gets_from_above) add(above.lower, own.upper);
      if (strip != nullptr && strip->right == row) add(own.lower, own.upper);
      write_row(own.upper, to + i * low_width_ * classes_);
      std::swap(above, own);
    }
  });
  return gradient;
}

// The one that begins at this row of logits. Rows may lack one where a map is made smaller.
const LossStrips::Strip* LossStrips::strip_below(std::int64_t row) const {
  const auto strip = std::ranges::lower_bound(strips_.runs, row, {}, &Strip::left);
  return strip != strips_.runs.end() && strip->left == row ? &*strip : nullptr;
}

// The cell behind a row's end is its first one.
void LossStrips::write_row(std::vector<float>& row, float* pixels) const {
  for (std::int64_t k = 0; k < classes_; ++k) row[size(k * plane_width_)] += row[size(k * plane_width_ + low_width_)];
  by_columns([&](std::int64_t k, std::int64_t x) { pixels[x * classes_ + k] = row[size(k * plane_width_ + x)]; });
}

}  // namespace seg::kernels
