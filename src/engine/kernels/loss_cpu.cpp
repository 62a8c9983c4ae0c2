// SPDX-License-Identifier: Apache-2.0
// Losses that are means over pixels, on CPUs: bilinear enlargement, softmax cross-entropy with ignored pixels, the
// choice of hard pixels or the focal loss' weight of each, reduction and the gradient, from low-resolution logits to
// their gradient, made anew only where a pixel counts.
#include <ATen/Parallel.h>
#include <ATen/ops/scalar_tensor.h>

#include <numeric>
#include <vector>

#include "engine/kernels/kernels.h"
#include "engine/kernels/loss_strips.h"
#include "engine/kernels/loss_weights.h"

namespace seg::kernels {
namespace {

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

const float* numbers_of(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<float>() : nullptr;
}
float* numbers_in(const at::Tensor& tensor) { return tensor.defined() ? tensor.mutable_data_ptr<float>() : nullptr; }
const float* from(const float* numbers, std::int64_t pixel) { return numbers != nullptr ? numbers + pixel : nullptr; }

class FusedLoss {
 public:
  explicit FusedLoss(const Call& call)
      : options_(options_of<LossOptions>(call.node)), strips_(call), weights_(options_, strips_.num_classes()) {
    if (call.reads.size() > 2 && call.reads[2].defined()) pixel_weights_ = strips_.arranged(call.reads[2]);
  }

  Tensors run(bool wants_gradient, double gradient_scale) {
    if (weights_.smoothing != 0.0) spread_ = strips_.pixel_numbers();
    if (options_.kind == LossKind::focal) focus_ = strips_.pixel_numbers();
    const LossStatistics total =
        strips_.forward({.ignore_label = static_cast<std::uint8_t>(options_.ignore_label),
                         .threshold = selection_threshold(options_),
                         .class_weights = spread_.defined() ? weights_.classes.data() : nullptr,
                         .spread = numbers_in(spread_),
                         .focus = numbers_in(focus_),
                         .gamma = static_cast<float>(options_.focal_gamma)});
    selection_ = select_pixels(options_, strips_.losses(), total);
    if (!weights_.is_plain || pixel_weights_.defined()) weigh_pixels();
    // Without any pixel that counts the value is 0, and so is the gradient.
    const double scale = selection_.count != 0.0 ? 1.0 / selection_.count : 0.0;
    const at::Tensor value =
        at::scalar_tensor(selection_.count != 0.0 ? selection_.sum * scale : 0.0, strips_.number());
    if (!wants_gradient) return {value, {}};
    return {value, gradient(static_cast<float>(scale * gradient_scale))};
  }

 private:
  // Sum and count of the selected pixels anew, with their weights.
  void weigh_pixels() {
    const std::int64_t rows = strips_.num_rows(), row_pixels = strips_.row_pixels();
    std::vector<double> sums(size(rows)), counts(size(rows));
    const std::uint8_t* const labels = strips_.labels();
    const float* const losses = strips_.losses().data();
    const float *const weights = numbers_of(pixel_weights_), *const spread = numbers_of(spread_),
                       *const focus = numbers_of(focus_);
    at::parallel_for(0, rows, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row)
        for (std::int64_t i = row * row_pixels; i < (row + 1) * row_pixels; ++i) {
          const auto share =
              static_cast<double>(selection_.share(losses[i]) * (weights != nullptr ? weights[i] : 1.0F));
          if (share == 0.0) continue;
          double loss = static_cast<double>(weights_.of_label[labels[i]]) * static_cast<double>(losses[i]);
          if (spread != nullptr) loss += weights_.smoothing * static_cast<double>(spread[i]);
          if (focus != nullptr) loss *= static_cast<double>(focus[i]);
          sums[size(row)] += share * loss;
          counts[size(row)] += share * static_cast<double>(weights_.of_count[labels[i]]);
        }
    });
    selection_.sum = std::accumulate(sums.begin(), sums.end(), 0.0);
    selection_.count = std::accumulate(counts.begin(), counts.end(), 0.0);
  }

  at::Tensor gradient(float scale) const {
    LossBackward backward{.threshold = selection_.threshold, .share_at = selection_.share_at, .scale = scale};
    if (!weights_.is_plain) {
      backward.of_softmax = weights_.of_softmax.data();
      backward.of_label = weights_.of_label.data();
      backward.class_weights = weights_.classes.data();
      backward.uniform = weights_.uniform;
      backward.smoothing = static_cast<float>(weights_.smoothing);
    }
    backward.gamma = static_cast<float>(options_.focal_gamma);
    const float *const weights = numbers_of(pixel_weights_), *const spread = numbers_of(spread_),
                       *const focus = numbers_of(focus_);
    const auto of_tile = [&](const LossTile& tile, std::int64_t pixel, float* scratch, float* upper, float* lower) {
      LossBackward own = backward;
      own.pixel_weights = from(weights, pixel);
      own.spread = from(spread, pixel);
      own.focus = from(focus, pixel);
      loss_backward(tile, own, scratch, upper, lower);
    };
    return strips_.gradient(of_tile, loss_scratch_size(strips_.num_classes(), strips_.most_rows()));
  }

  const LossOptions& options_;
  LossStrips strips_;
  LossWeights weights_;
  at::Tensor spread_, focus_, pixel_weights_;
  PixelSelection selection_;
};

bool serves(const Call& call) {
  const at::ScalarType type = call.reads[0].scalar_type();
  return (type == at::kFloat || type == at::kBFloat16) && call.reads[1].scalar_type() == at::kByte;
}

}  // namespace

Tensors loss_cpu(const Call& call) {
  const auto& o = options_of<LossOptions>(call.node);
  if (!serves(call) || o.kind == LossKind::distance) return loss(call);
  Tensors results = o.kind == LossKind::dice || o.kind == LossKind::lovasz
                        ? region_loss_cpu(call)
                        : FusedLoss(call).run(call.wants(1), o.weight * call.context.loss_weight);
  if (results[1].defined()) results[1] = results[1].to(call.reads[0].scalar_type());
  return results;
}

}  // namespace seg::kernels
