// SPDX-License-Identifier: Apache-2.0
// Bilinear enlargement, softmax cross-entropy with ignored pixels, selection of hard pixels, reduction and the
// gradient, from low-resolution logits to their gradient. Full-resolution logits never exist: forward keeps two numbers
// a pixel, and backward makes the logits anew, only where a pixel counts.
//
// Work is cut into strips: the output rows that lie between two neighbouring rows of logits. A strip's gradient goes to
// those two rows, into two buffers that are added at the end, so nothing is shared between threads and all sums are in
// a fixed order.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/scalar_tensor.h>

#include <algorithm>
#include <span>
#include <vector>

#include "engine/kernels/axis.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/loss_block.h"
#include "engine/kernels/pixel_selection.h"

namespace seg::kernels {
namespace {

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

template <class T>
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
        blocks_((width_ + kLossBlock - 1) / kLossBlock),
        strips_(axis_table<T>(low_height_, height_, options_.upsample.mode, options_.upsample.align_corners)),
        columns_(
            axis_table<T>(low_width_, width_, options_.upsample.mode, options_.upsample.align_corners, kLossBlock)),
        type_(call.reads[0].options().memory_format(at::MemoryFormat::Contiguous)),
        labels_(call.reads[1].contiguous()) {
    // Padding columns read the first column: any finite logits will do, since their label is the ignored one.
    columns_.left.resize(size(blocks_ * kLossBlock));
    columns_.right.resize(size(blocks_ * kLossBlock));
    columns_.t.resize(size(blocks_ * kLossBlock));
    make_planes(call.reads[0]);
  }

  Tensors run(bool wants_gradient, double gradient_scale) {
    losses_ = at::empty({images_, height_, width_}, type_);
    normalizers_ = at::empty({images_, height_, width_}, type_);
    rows_.resize(size(images_ * height_));
    for_strips([this](std::int64_t image, std::size_t strip, Scratch& scratch) { forward(image, strip, scratch); });
    RowStatistics total;
    for (const RowStatistics& row : rows_) {
      total.valid += row.valid;
      total.hard += row.hard;
      total.hard_sum += row.hard_sum;
    }
    selection_ = select_pixels<T>(options_, {losses_.const_data_ptr<T>(), size(losses_.numel())}, total);
    const at::Tensor value = at::scalar_tensor(selection_.value, type_);
    if (!wants_gradient) return {value, {}};
    selection_.weight_above *= static_cast<T>(gradient_scale);
    selection_.weight_at *= static_cast<T>(gradient_scale);
    upper_ = at::empty(planes_.sizes(), type_);
    lower_ = at::empty(planes_.sizes(), type_);
    for_strips([this](std::int64_t image, std::size_t strip, Scratch& scratch) { backward(image, strip, scratch); });
    return {value, gather_gradient()};
  }

 private:
  // A thread's own.
  struct Scratch {
    explicit Scratch(std::int64_t classes)
        : upper(size(classes * kLossBlock)),
          lower(upper.size()),
          logits(upper.size()),
          upper_sum(upper.size()),
          lower_sum(upper.size()) {}
    std::vector<T> upper, lower, logits, upper_sum, lower_sum;
    std::int32_t labels[kLossBlock];
    T losses[kLossBlock], normalizers[kLossBlock], weights[kLossBlock];
  };

  template <class Body>
  void for_strips(const Body& body) {
    const auto per_image = static_cast<std::int64_t>(strips_.runs.size());
    at::parallel_for(0, images_ * per_image, 1, [&](std::int64_t begin, std::int64_t end) {
      Scratch scratch(classes_);
      for (std::int64_t i = begin; i < end; ++i) body(i / per_image, size(i % per_image), scratch);
    });
  }

  // [N,K,h,w] in any layout -> [N,h,K,w]
  void make_planes(const at::Tensor& logits) {
    planes_ = at::empty({images_, low_height_, classes_, low_width_}, type_);
    planes_.copy_(logits.permute({0, 2, 1, 3}));
  }

  std::int64_t plane_offset(std::int64_t image, std::int64_t low_row) const {
    return (image * low_height_ + low_row) * classes_ * low_width_;
  }

  void enlarge_rows(std::int64_t image, const typename AxisTable<T>::Run& strip, std::int64_t block,
                    Scratch& scratch) const {
    const std::int64_t first = block * kLossBlock;
    const Enlargement<T> to{.num_classes = classes_,
                            .stride = low_width_,
                            .left = columns_.left.data() + first,
                            .right = columns_.right.data() + first,
                            .t = columns_.t.data() + first};
    const T* const planes = planes_.const_data_ptr<T>();
    enlarge(to, planes + plane_offset(image, strip.left), scratch.upper.data());
    enlarge(to, planes + plane_offset(image, strip.right), scratch.lower.data());
  }

  std::int64_t columns_of(std::int64_t block) const { return std::min(kLossBlock, width_ - block * kLossBlock); }

  LossRow<T> row_of(std::int64_t pixel, std::int64_t y, std::int64_t columns, Scratch& scratch) const {
    const std::uint8_t* const labels = labels_.const_data_ptr<std::uint8_t>() + pixel;
    const auto ignore = static_cast<std::int32_t>(options_.ignore_label);
    for (std::int64_t i = 0; i < kLossBlock; ++i) scratch.labels[i] = i < columns ? labels[i] : ignore;
    return {.num_classes = classes_,
            .upper = scratch.upper.data(),
            .lower = scratch.lower.data(),
            .t = strips_.t[size(y)],
            .labels = scratch.labels,
            .ignore_label = ignore};
  }

  void forward(std::int64_t image, std::size_t strip_index, Scratch& scratch) {
    const auto& strip = strips_.runs[strip_index];
    const T threshold = selection_threshold<T>(options_);
    T* const losses = losses_.mutable_data_ptr<T>();
    T* const normalizers = normalizers_.mutable_data_ptr<T>();
    for (std::int64_t block = 0; block < blocks_; ++block) {
      enlarge_rows(image, strip, block, scratch);
      const std::int64_t columns = columns_of(block);
      for (std::int64_t y = strip.begin; y < strip.end; ++y) {
        const std::int64_t pixel = (image * height_ + y) * width_ + block * kLossBlock;
        loss_forward(row_of(pixel, y, columns, scratch), scratch.logits.data(), scratch.losses, scratch.normalizers);
        RowStatistics& row = rows_[size(image * height_ + y)];
        for (std::int64_t i = 0; i < columns; ++i) {
          const T loss = scratch.losses[i];
          if (loss < 0) continue;
          ++row.valid;
          if (loss <= threshold) continue;
          ++row.hard;  // a NaN, too
          row.hard_sum += static_cast<double>(loss);
        }
        std::copy_n(scratch.losses, columns, losses + pixel);
        std::copy_n(scratch.normalizers, columns, normalizers + pixel);
      }
    }
  }

  void backward(std::int64_t image, std::size_t strip_index, Scratch& scratch) {
    const auto& strip = strips_.runs[strip_index];
    const std::int64_t offset = plane_offset(image, strip.left), length = classes_ * low_width_;
    T* const upper = upper_.mutable_data_ptr<T>() + offset;
    T* const lower = lower_.mutable_data_ptr<T>() + offset;
    std::fill_n(upper, length, T{0});
    std::fill_n(lower, length, T{0});
    auto run = columns_.runs.begin();
    for (std::int64_t block = 0; block < blocks_; ++block) {
      const auto first_run = run;
      while (run != columns_.runs.end() && run->begin < (block + 1) * kLossBlock) ++run;
      if (!add_rows(image, strip, block, scratch)) continue;
      for (auto part = first_run; part != run; ++part) reduce_columns(*part, block, scratch, upper, lower);
    }
  }

  // Gradients of a block's enlarged rows, summed over the rows of the strip. False if no pixel counts.
  bool add_rows(std::int64_t image, const typename AxisTable<T>::Run& strip, std::int64_t block, Scratch& scratch) {
    const std::int64_t columns = columns_of(block);
    bool has_any = false;
    for (std::int64_t y = strip.begin; y < strip.end; ++y) {
      const std::int64_t pixel = (image * height_ + y) * width_ + block * kLossBlock;
      const T* const losses = losses_.const_data_ptr<T>() + pixel;
      bool counts = false;
      for (std::int64_t i = 0; i < kLossBlock; ++i) {
        scratch.weights[i] = i < columns ? selection_.weight(losses[i]) : T{0};
        counts = counts || scratch.weights[i] != 0;
      }
      if (!counts) continue;
      if (!has_any) {
        has_any = true;
        enlarge_rows(image, strip, block, scratch);
        std::fill(scratch.upper_sum.begin(), scratch.upper_sum.end(), T{0});
        std::fill(scratch.lower_sum.begin(), scratch.lower_sum.end(), T{0});
      }
      std::fill_n(scratch.normalizers, kLossBlock, T{0});
      std::copy_n(normalizers_.const_data_ptr<T>() + pixel, columns, scratch.normalizers);
      loss_backward(row_of(pixel, y, columns, scratch), scratch.normalizers, scratch.weights, scratch.upper_sum.data(),
                    scratch.lower_sum.data());
    }
    return has_any;
  }

  // The adjoint of the enlargement along x, for columns between the same two columns of logits.
  void reduce_columns(const typename AxisTable<T>::Run& run, std::int64_t block, const Scratch& scratch, T* upper,
                      T* lower) const {
    const T* const t = columns_.t.data();
    for (std::int64_t k = 0; k < classes_; ++k) {
      const T* const upper_sum = scratch.upper_sum.data() + (k - block) * kLossBlock;
      const T* const lower_sum = scratch.lower_sum.data() + (k - block) * kLossBlock;
      T upper_all = 0, upper_right = 0, lower_all = 0, lower_right = 0;
      for (std::int64_t x = run.begin; x < run.end; ++x) {
        upper_all += upper_sum[x];
        upper_right += t[x] * upper_sum[x];
        lower_all += lower_sum[x];
        lower_right += t[x] * lower_sum[x];
      }
      upper[k * low_width_ + run.left] += upper_all - upper_right;
      upper[k * low_width_ + run.right] += upper_right;
      lower[k * low_width_ + run.left] += lower_all - lower_right;
      lower[k * low_width_ + run.right] += lower_right;
    }
  }

  // Row i gets what strip i sends to its upper row, and what strips whose lower row it is send to that: the one before,
  // and at the last row the last strip itself.
  at::Tensor gather_gradient() const {
    const at::Tensor gradient =
        at::empty({images_, classes_, low_height_, low_width_}, type_.memory_format(at::MemoryFormat::ChannelsLast));
    std::vector<std::int64_t> strip_at(size(low_height_), -1);  // rows of logits may lack a strip when enlarging less
    for (std::size_t i = 0; i < strips_.runs.size(); ++i) strip_at[size(strips_.runs[i].left)] = strips_.runs[i].right;
    const T* const upper = upper_.const_data_ptr<T>();
    const T* const lower = lower_.const_data_ptr<T>();
    T* const to = gradient.mutable_data_ptr<T>();
    at::parallel_for(0, images_ * low_height_, 1, [&](std::int64_t begin, std::int64_t end) {
      std::vector<T> sum(size(classes_ * low_width_));
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t image = i / low_height_, row = i % low_height_;
        std::fill(sum.begin(), sum.end(), T{0});
        const auto add = [&](const T* from, std::int64_t strip) {
          const T* const values = from + plane_offset(image, strip);
          for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += values[j];
        };
        if (strip_at[size(row)] >= 0) add(upper, row);
        if (row > 0 && strip_at[size(row - 1)] == row) add(lower, row - 1);
        if (strip_at[size(row)] == row) add(lower, row);
        T* const pixels = to + i * low_width_ * classes_;
        for (std::int64_t x = 0; x < low_width_; ++x)
          for (std::int64_t k = 0; k < classes_; ++k) pixels[x * classes_ + k] = sum[size(k * low_width_ + x)];
      }
    });
    return gradient;
  }

  const LossOptions& options_;
  std::int64_t images_, classes_, low_height_, low_width_, height_, width_, blocks_;
  AxisTable<T> strips_, columns_;
  at::TensorOptions type_;
  at::Tensor labels_, planes_, losses_, normalizers_, upper_, lower_;
  std::vector<RowStatistics> rows_;
  PixelSelection<T> selection_;
};

bool serves(const Call& call) {
  const auto& o = options_of<LossOptions>(call.node);
  const at::ScalarType type = call.reads[0].scalar_type();
  return (type == at::kFloat || type == at::kDouble) && call.reads[1].scalar_type() == at::kByte &&
         o.class_weights.empty() && o.label_smoothing == 0.0;
}

}  // namespace

Tensors loss_cpu(const Call& call) {
  if (!serves(call)) return loss(call);
  const bool wants_gradient = call.wants(1);
  const double scale = options_of<LossOptions>(call.node).weight * call.context.loss_weight;
  return call.reads[0].scalar_type() == at::kFloat ? FusedLoss<float>(call).run(wants_gradient, scale)
                                                   : FusedLoss<double>(call).run(wants_gradient, scale);
}

}  // namespace seg::kernels
