// SPDX-License-Identifier: Apache-2.0
// Bilinear enlargement, softmax cross-entropy with ignored pixels, selection of hard pixels, reduction and the
// gradient, from low-resolution logits to their gradient. Full-resolution logits never exist: forward keeps two numbers
// a pixel, and backward makes the logits anew, only where a pixel counts.
//
// Work is cut into strips: the output rows that lie between two neighbouring rows of logits. A strip's gradient goes to
// those two rows. A thread goes through neighbouring rows of logits and keeps what a strip sends down until the next
// row is written; where it begins it makes the strip above anew, which another thread has made, too. So nothing is
// shared between threads, and all sums are in a fixed order. Within a row, pixels are in the order of loss_columns.h.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/scalar_tensor.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "engine/kernels/axis.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/loss_tile.h"
#include "engine/kernels/loss_weights.h"

namespace seg::kernels {
namespace {

constexpr float kLog2E = 1.44269504F;

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

class FusedLoss {
 public:
  explicit FusedLoss(const Call& call)
      : options_(options_of<LossOptions>(call.node)),
        images_(call.reads[0].size(0)),
        classes_(call.reads[0].size(1)),
        low_height_(call.reads[0].size(2)),
        low_width_(call.reads[0].size(3)),
        height_(call.reads[1].size(1)),
        width_(call.reads[1].size(2)),
        strips_(axis_table<float>(low_height_, height_, options_.upsample.mode, options_.upsample.align_corners)),
        columns_(loss_columns(low_width_, width_, options_.upsample)),
        weights_(options_, classes_),
        plane_width_((std::ssize(columns_.groups) + 1) * kLossCells),
        row_pixels_(columns_.num_slots * kLossCells),
        number_(call.reads[0].options().dtype(at::kFloat).memory_format(at::MemoryFormat::Contiguous)),
        labels_(call.reads[1].contiguous()) {
    // Where there is no pixel, one behind the row's end is read.
    for (std::int32_t& x : columns_.x) x = x < 0 ? static_cast<std::int32_t>(width_) : x;
    for (const auto& strip : strips_.runs) most_rows_ = std::max<std::int64_t>(most_rows_, strip.end - strip.begin);
    planes_ = at::empty({images_, low_height_, classes_, plane_width_}, number_);
    if (call.reads[0].scalar_type() == at::kBFloat16)
      fill_planes<at::BFloat16>(call.reads[0]);
    else
      fill_planes<float>(call.reads[0]);
    if (call.reads.size() > 2 && call.reads[2].defined()) arrange_pixel_weights(call.reads[2]);
  }

  Tensors run(bool wants_gradient, double gradient_scale) {
    losses_ = at::empty({images_, height_, row_pixels_}, number_);
    normalizers_ = at::empty_like(losses_);
    arranged_labels_ = at::empty(losses_.sizes(), number_.dtype(at::kByte));
    if (weights_.smoothing != 0.0) spread_ = at::empty_like(losses_);
    statistics_.assign(size(images_) * strips_.runs.size(), {});
    for_strips([this](std::int64_t image, std::size_t strip, float* scratch) { forward(image, strip, scratch); });
    LossStatistics total;
    for (const LossStatistics& strip : statistics_) {
      total.valid += strip.valid;
      total.hard += strip.hard;
      total.hard_sum += strip.hard_sum;
    }
    selection_ = select_pixels(options_, {losses_.const_data_ptr<float>(), size(losses_.numel())}, total);
    if (!weights_.is_plain || pixel_weights_.defined()) weigh_pixels();
    // Without any pixel that counts the value is 0, and so is the gradient.
    const double scale = selection_.count != 0.0 ? 1.0 / selection_.count : 0.0;
    const at::Tensor value = at::scalar_tensor(selection_.count != 0.0 ? selection_.sum * scale : 0.0, number_);
    if (!wants_gradient) return {value, {}};
    gradient_scale_ = static_cast<float>(scale * gradient_scale);
    return {value, gradient()};
  }

 private:
  template <class Body>
  void for_strips(const Body& body) {
    const std::int64_t per_image = std::ssize(strips_.runs);
    at::parallel_for(0, images_ * per_image, 1, [&](std::int64_t begin, std::int64_t end) {
      std::vector<float> scratch(size(loss_scratch_size(classes_, most_rows_)));
      for (std::int64_t i = begin; i < end; ++i) body(i / per_image, size(i % per_image), scratch.data());
    });
  }

  // Calls f(class, column) for a row of logits, some columns at a time, so that both of a class's and of a column's
  // neighbours are in the first cache.
  template <class F>
  void by_columns(const F& f) const {
    for (std::int64_t begin = 0; begin < low_width_; begin += kLossCells) {
      const std::int64_t end = std::min(low_width_, begin + kLossCells);
      for (std::int64_t k = 0; k < classes_; ++k)
        for (std::int64_t x = begin; x < end; ++x) f(k, x);
    }
  }

  // [N,K,h,w] in any layout -> [N,h,K,plane_width], times log2(e). Behind a row's end comes its first value.
  template <class T>
  void fill_planes(const at::Tensor& logits) {
    const T* const from = logits.const_data_ptr<T>();
    float* const to = planes_.mutable_data_ptr<float>();
    const at::IntArrayRef strides = logits.strides();
    at::parallel_for(0, images_ * low_height_, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const T* const row = from + i / low_height_ * strides[0] + i % low_height_ * strides[2];
        float* const plane = to + i * classes_ * plane_width_;
        std::fill_n(plane, classes_ * plane_width_, 0.0F);
        by_columns([&](std::int64_t k, std::int64_t x) {
          plane[k * plane_width_ + x] = kLog2E * static_cast<float>(row[k * strides[1] + x * strides[3]]);
        });
        for (std::int64_t k = 0; k < classes_; ++k) plane[k * plane_width_ + low_width_] = plane[k * plane_width_];
      }
    });
  }

  // A row of pixels in the order of loss_columns.h.
  template <class T>
  void arrange(const T* row, T where_none, T* to) const {
    std::vector<T> padded(row, row + width_);
    padded.push_back(where_none);
    for (std::size_t i = 0; i < columns_.x.size(); ++i) to[i] = padded[size(columns_.x[i])];
  }

  void arrange_pixel_weights(const at::Tensor& given) {
    const at::Tensor dense = given.to(at::kFloat).contiguous();
    pixel_weights_ = at::empty({images_, height_, row_pixels_}, number_);
    const float* const from = dense.const_data_ptr<float>();
    float* const to = pixel_weights_.mutable_data_ptr<float>();
    constexpr std::int64_t kRows = 16;
    at::parallel_for(0, images_ * height_, kRows, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) arrange(from + row * width_, 0.0F, to + row * row_pixels_);
    });
  }

  std::int64_t plane_offset(std::int64_t image, std::int64_t low_row) const {
    return (image * low_height_ + low_row) * classes_ * plane_width_;
  }

  // The pixels of a strip begin at this one.
  std::int64_t first_pixel(std::int64_t image, const AxisTable<float>::Run& strip) const {
    return (image * height_ + strip.begin) * row_pixels_;
  }

  LossTile tile(std::int64_t image, const AxisTable<float>::Run& strip, std::size_t index) const {
    const LossColumns::Group& group = columns_.groups[index];
    const std::int64_t first = group.first_slot * kLossCells, pixel = first_pixel(image, strip) + first;
    const float* const planes = planes_.const_data_ptr<float>() + static_cast<std::int64_t>(index) * kLossCells;
    return {.num_classes = classes_,
            .upper = planes + plane_offset(image, strip.left),
            .lower = planes + plane_offset(image, strip.right),
            .class_stride = plane_width_,
            .num_slots = group.num_slots,
            .slot_t = columns_.t.data() + first,
            .num_rows = strip.end - strip.begin,
            .row_t = strips_.t.data() + strip.begin,
            .pixel_stride = row_pixels_,
            .labels = arranged_labels_.const_data_ptr<std::uint8_t>() + pixel,
            .losses = losses_.mutable_data_ptr<float>() + pixel,
            .normalizers = normalizers_.mutable_data_ptr<float>() + pixel};
  }

  void forward(std::int64_t image, std::size_t strip_index, float* scratch) {
    const auto& strip = strips_.runs[strip_index];
    const auto ignore = static_cast<std::uint8_t>(options_.ignore_label);
    const std::uint8_t* const labels = labels_.const_data_ptr<std::uint8_t>() + image * height_ * width_;
    std::uint8_t* const arranged = arranged_labels_.mutable_data_ptr<std::uint8_t>() + first_pixel(image, strip);
    for (std::int64_t y = strip.begin; y < strip.end; ++y)
      arrange(labels + y * width_, ignore, arranged + (y - strip.begin) * row_pixels_);
    LossForward forward{.ignore_label = ignore, .threshold = selection_threshold(options_)};
    LossStatistics& statistics = statistics_[size(image) * strips_.runs.size() + strip_index];
    for (std::size_t i = 0; i < columns_.groups.size(); ++i) {
      if (spread_.defined()) {
        forward.class_weights = weights_.classes.data();
        forward.spread =
            spread_.mutable_data_ptr<float>() + first_pixel(image, strip) + columns_.groups[i].first_slot * kLossCells;
      }
      loss_forward(tile(image, strip, i), forward, scratch, statistics);
    }
  }

  // Sum and count of the selected pixels anew, with their weights.
  void weigh_pixels() {
    const std::int64_t rows = images_ * height_;
    std::vector<double> sums(size(rows)), counts(size(rows));
    const std::uint8_t* const labels = arranged_labels_.const_data_ptr<std::uint8_t>();
    const float* const losses = losses_.const_data_ptr<float>();
    const float* const weights = pixel_weights_.defined() ? pixel_weights_.const_data_ptr<float>() : nullptr;
    const float* const spread = spread_.defined() ? spread_.const_data_ptr<float>() : nullptr;
    at::parallel_for(0, rows, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row)
        for (std::int64_t i = row * row_pixels_; i < (row + 1) * row_pixels_; ++i) {
          const auto share =
              static_cast<double>(selection_.share(losses[i]) * (weights != nullptr ? weights[i] : 1.0F));
          if (share == 0.0) continue;
          double loss = static_cast<double>(weights_.of_label[labels[i]]) * static_cast<double>(losses[i]);
          if (spread != nullptr) loss += weights_.smoothing * static_cast<double>(spread[i]);
          sums[size(row)] += share * loss;
          counts[size(row)] += share * static_cast<double>(weights_.of_count[labels[i]]);
        }
    });
    selection_.sum = std::accumulate(sums.begin(), sums.end(), 0.0);
    selection_.count = std::accumulate(counts.begin(), counts.end(), 0.0);
  }

  // What a strip sends to the rows of logits above and below it, in the order of a row of planes.
  struct StripGradient {
    explicit StripGradient(std::size_t row) : upper(row), lower(row) {}
    std::vector<float> upper, lower;
  };

  void backward(std::int64_t image, const AxisTable<float>::Run& strip, float* scratch, StripGradient& gradient) const {
    LossBackward backward{.threshold = selection_.threshold, .share_at = selection_.share_at, .scale = gradient_scale_};
    if (!weights_.is_plain) {
      backward.of_softmax = weights_.of_softmax.data();
      backward.of_label = weights_.of_label.data();
      backward.class_weights = weights_.classes.data();
      backward.uniform = weights_.uniform;
    }
    std::ranges::fill(gradient.upper, 0.0F);
    std::ranges::fill(gradient.lower, 0.0F);
    for (std::size_t i = 0; i < columns_.groups.size(); ++i) {
      const std::int64_t first = columns_.groups[i].first_slot * kLossCells;
      if (pixel_weights_.defined())
        backward.pixel_weights = pixel_weights_.const_data_ptr<float>() + first_pixel(image, strip) + first;
      const std::size_t cell = i * size(kLossCells);
      loss_backward(tile(image, strip, i), backward, scratch, gradient.upper.data() + cell,
                    gradient.lower.data() + cell);
    }
  }

  at::Tensor gradient() const {
    const at::Tensor gradient =
        at::empty({images_, classes_, low_height_, low_width_}, number_.memory_format(at::MemoryFormat::ChannelsLast));
    float* const to = gradient.mutable_data_ptr<float>();
    at::parallel_for(0, images_ * low_height_, 1, [&](std::int64_t begin, std::int64_t end) {
      std::vector<float> scratch(size(loss_scratch_size(classes_, most_rows_)));
      StripGradient above(size(classes_ * plane_width_)), own = above;
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t image = i / low_height_, row = i % low_height_;
        const AxisTable<float>::Run *const strip = strip_below(row), *const before = strip_below(row - 1);
        const bool gets_from_above = before != nullptr && before->right == row;
        if (gets_from_above && i == begin) backward(image, *before, scratch.data(), above);
        if (strip != nullptr)
          backward(image, *strip, scratch.data(), own);
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
  const AxisTable<float>::Run* strip_below(std::int64_t row) const {
    const auto strip = std::ranges::lower_bound(strips_.runs, row, {}, &AxisTable<float>::Run::left);
    return strip != strips_.runs.end() && strip->left == row ? &*strip : nullptr;
  }

  static void add(std::span<const float> values, std::span<float> sums) {
    for (std::size_t j = 0; j < values.size(); ++j) sums[j] += values[j];
  }

  // The cell behind a row's end is its first one.
  void write_row(std::vector<float>& row, float* pixels) const {
    for (std::int64_t k = 0; k < classes_; ++k) row[size(k * plane_width_)] += row[size(k * plane_width_ + low_width_)];
    by_columns([&](std::int64_t k, std::int64_t x) { pixels[x * classes_ + k] = row[size(k * plane_width_ + x)]; });
  }

  const LossOptions& options_;
  std::int64_t images_, classes_, low_height_, low_width_, height_, width_;
  AxisTable<float> strips_;
  LossColumns columns_;
  LossWeights weights_;
  std::int64_t plane_width_, row_pixels_, most_rows_ = 0;
  at::TensorOptions number_;
  at::Tensor labels_, arranged_labels_, planes_, losses_, normalizers_, spread_, pixel_weights_;
  std::vector<LossStatistics> statistics_;
  PixelSelection selection_;
  float gradient_scale_ = 0;
};

bool serves(const Call& call) {
  const at::ScalarType type = call.reads[0].scalar_type();
  const LossKind kind = options_of<LossOptions>(call.node).kind;
  return (type == at::kFloat || type == at::kBFloat16) && call.reads[1].scalar_type() == at::kByte &&
         (kind == LossKind::ohem || kind == LossKind::cross_entropy);
}

}  // namespace

Tensors loss_cpu(const Call& call) {
  if (!serves(call)) return loss(call);
  Tensors results =
      FusedLoss(call).run(call.wants(1), options_of<LossOptions>(call.node).weight * call.context.loss_weight);
  if (results[1].defined()) results[1] = results[1].to(call.reads[0].scalar_type());
  return results;
}

}  // namespace seg::kernels
