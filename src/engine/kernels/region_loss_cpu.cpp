// SPDX-License-Identifier: Apache-2.0
// Dice and Lovasz-softmax on CPUs (region_weights.h), from low-resolution logits to their gradient. Neither logits nor
// probabilities of all classes exist at full resolution: each pass makes them anew, tile by tile. What a class needs of
// all pixels comes first, one class a thread: two sums, or how many pixels have which error. Errors are told apart to
// 2^-15, so that their order is a count of each bin: no sort, and the same for any number of threads.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "engine/kernels/kernels.h"
#include "engine/kernels/loss_strips.h"
#include "engine/kernels/region_tile.h"
#include "engine/kernels/region_weights.h"

namespace seg::kernels {
namespace {

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

class FusedRegionLoss {
 public:
  explicit FusedRegionLoss(const Call& call)
      : options_(options_of<LossOptions>(call.node)),
        logits_(call.reads[0]),
        strips_(call),
        slopes_(size(strips_.num_classes())) {}

  Tensors run(bool wants_gradient, double gradient_scale) {
    const LossStatistics total = strips_.forward(
        {.ignore_label = static_cast<std::uint8_t>(options_.ignore_label), .threshold = selection_threshold(options_)});
    pixels_ = pixels_of_classes();
    shares_ = region_shares(options_, pixels_);
    for (std::int64_t k = 0; k < strips_.num_classes(); ++k)
      if (shares_[size(k)] > 0) counted_.push_back(k);
    double value = options_.kind == LossKind::dice ? dice(gradient_scale) : lovasz(gradient_scale);
    // A label that is no class, or a logit that is no number.
    if (std::isnan(total.hard_sum)) value = std::numeric_limits<double>::quiet_NaN();
    const at::Tensor result = at::scalar_tensor(value, strips_.number());
    if (!wants_gradient) return {result, {}};
    if (counted_.empty())
      return {result, at::zeros_like(logits_, strips_.number().memory_format(at::MemoryFormat::ChannelsLast))};
    const auto of_tile = [this](const LossTile& tile, std::int64_t, float* scratch, float* upper, float* lower) {
      region_backward(tile, slopes_.data(), scratch, upper, lower);
    };
    return {result, strips_.gradient(of_tile, region_scratch_size(strips_.most_rows(), strips_.most_slots()))};
  }

 private:
  std::vector<std::int64_t> pixels_of_classes() const {
    using Counts = std::array<std::int64_t, 256>;
    std::vector<Counts> counts(size(at::get_num_threads()), Counts{});
    at::parallel_for(0, strips_.num_rows(), 16, [&](std::int64_t begin, std::int64_t end) {
      Counts& own = counts[size(at::get_thread_num())];
      const std::uint8_t* const labels = strips_.labels();
      for (std::int64_t i = begin * strips_.row_pixels(); i < end * strips_.row_pixels(); ++i) ++own[labels[i]];
    });
    std::vector<std::int64_t> pixels(size(strips_.num_classes()));
    for (const Counts& own : counts)
      for (std::size_t k = 0; k < pixels.size(); ++k)
        if (static_cast<std::int64_t>(k) != options_.ignore_label) pixels[k] += own[k];
    return pixels;
  }

  // f(class, thread) for each class that counts; gives the sum of the classes' losses by their shares.
  template <class F>
  double mean_over_classes(const F& f) const {
    std::vector<double> losses(counted_.size());
    at::parallel_for(0, std::ssize(counted_), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        losses[size(i)] = shares_[size(counted_[size(i)])] * f(counted_[size(i)], i, at::get_thread_num());
    });
    return std::accumulate(losses.begin(), losses.end(), 0.0);
  }

  double dice(double gradient_scale) {
    return mean_over_classes([&](std::int64_t k, std::int64_t, int) {
      ClassSums sums;
      strips_.for_each_tile([&](const LossTile& tile, std::int64_t) { add_probabilities(tile, k, sums); });
      const double above = 2 * sums.of_class + 1, below = sums.all + static_cast<double>(pixels_[size(k)]) + 1;
      const double scale = gradient_scale * shares_[size(k)];
      slopes_[size(k)] = {.of_others = static_cast<float>(scale * above / (below * below)),
                          .of_class = static_cast<float>(scale * (above / below - 2) / below)};
      return 1 - above / below;
    });
  }

  double lovasz(double gradient_scale) {
    constexpr std::int64_t kCounts = 2 * kErrorBins + 1;
    const at::TensorOptions whole = strips_.number().dtype(at::kInt);
    const at::Tensor counts = at::empty({at::get_num_threads(), kCounts}, whole);
    tables_ = at::empty({std::max<std::int64_t>(std::ssize(counted_), 1), 2 * kErrorBins}, strips_.number());
    return mean_over_classes([&](std::int64_t k, std::int64_t i, int thread) {
      std::int32_t* const own = counts.mutable_data_ptr<std::int32_t>() + thread * kCounts;
      std::fill_n(own, kCounts, 0);
      strips_.for_each_tile([&](const LossTile& tile, std::int64_t) { count_errors(tile, k, own); });
      float* const table = tables_.mutable_data_ptr<float>() + i * 2 * kErrorBins;
      slopes_[size(k)].by_error = table;
      return lovasz_slopes({.of_class = {own + kErrorBins, size(kErrorBins)}, .of_others = {own, size(kErrorBins)}},
                           gradient_scale * shares_[size(k)], {table, size(2 * kErrorBins)});
    });
  }

  const LossOptions& options_;
  const at::Tensor logits_;
  LossStrips strips_;
  std::vector<ClassSlope> slopes_;
  std::vector<std::int64_t> pixels_, counted_;
  std::vector<double> shares_;
  at::Tensor tables_;
};

}  // namespace

Tensors region_loss_cpu(const Call& call) {
  return FusedRegionLoss(call).run(call.wants(1), options_of<LossOptions>(call.node).weight * call.context.loss_weight);
}

}  // namespace seg::kernels
