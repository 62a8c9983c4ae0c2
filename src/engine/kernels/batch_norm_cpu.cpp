// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/kernels/batch_norm.h"
#include "engine/kernels/dense_map.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/norm_rows.h"

namespace seg::kernels {
namespace {

bool serves(const Call& call, const at::Tensor& x) {
  return call.context.full == at::kFloat && is_dense_map(x) && has_own_batch_norm(call.input_shape(0));
}

RowExtent extent_of(const at::Tensor& x) { return {x.numel() / x.size(1), x.size(1)}; }

// f(first row, number of rows), in parallel.
template <class F>
void for_rows(RowExtent extent, F f) {
  constexpr std::int64_t kValues = 32768;
  const std::int64_t grain = std::max<std::int64_t>(1, kValues / extent.num_channels);
  at::parallel_for(0, extent.num_rows, grain, [&](std::int64_t begin, std::int64_t end) { f(begin, end - begin); });
}

struct ChannelSums {
  explicit ChannelSums(std::int64_t channels)
      : first(static_cast<std::size_t>(channels)), second(static_cast<std::size_t>(channels)) {}
  std::vector<double> first, second;
};

// f(first row, number of rows, sums to add to), in parallel. How the rows are parted depends on their number alone, so
// any number of threads gives the same bits.
template <class F>
ChannelSums sum_over_rows(RowExtent extent, F f) {
  constexpr std::int64_t kMostParts = 64, kFewestRows = 256;
  const std::int64_t rows = std::max(kFewestRows, (extent.num_rows + kMostParts - 1) / kMostParts);
  const std::int64_t num_parts = (extent.num_rows + rows - 1) / rows;
  std::vector<ChannelSums> parts(static_cast<std::size_t>(num_parts), ChannelSums(extent.num_channels));
  at::parallel_for(0, num_parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) {
      const std::int64_t first = part * rows;
      ChannelSums& sums = parts[static_cast<std::size_t>(part)];
      f(first, std::min(rows, extent.num_rows - first), sums.first.data(), sums.second.data());
    }
  });
  for (std::size_t part = 1; part < parts.size(); ++part)
    for (std::size_t c = 0; c < parts[0].first.size(); ++c) {
      parts[0].first[c] += parts[part].first[c];
      parts[0].second[c] += parts[part].second[c];
    }
  return std::move(parts[0]);
}

// A few values of each channel, averaged: near enough to the mean that its square cancels nothing in the variance.
template <class T>
std::vector<float> rough_mean(const T* x, RowExtent extent) {
  constexpr std::int64_t kRows = 16;
  const std::int64_t taken = std::min(kRows, extent.num_rows);
  ChannelSums sums(extent.num_channels);
  const std::vector<float> zero(sums.first.size());
  for (std::int64_t i = 0; i < taken; ++i)
    add_moments(x + extent.num_rows * i / taken * extent.num_channels, {1, extent.num_channels}, zero.data(),
                sums.first.data(), sums.second.data());
  std::vector<float> mean(sums.first.size());
  for (std::size_t c = 0; c < mean.size(); ++c)
    mean[c] = static_cast<float>(sums.first[c] / static_cast<double>(taken));
  return mean;
}

// The batch's statistics; updates the running ones.
template <class T>
void take_statistics(const Call& call, const T* x, RowExtent extent, float* mean, float* inverse) {
  const auto& o = options_of<BatchNormOptions>(call.node);
  const std::vector<float> origin = rough_mean(x, extent);
  const ChannelSums sums =
      sum_over_rows(extent, [&](std::int64_t row, std::int64_t count, double* first, double* second) {
        add_moments(x + row * extent.num_channels, {count, extent.num_channels}, origin.data(), first, second);
      });
  at::Tensor running_mean = call.reads[3], running_var = call.reads[4], num_batches = call.reads[5];
  float* const mean_kept = running_mean.mutable_data_ptr<float>();
  float* const var_kept = running_var.mutable_data_ptr<float>();
  const auto count = static_cast<double>(extent.num_rows);
  const auto moved = [&](float kept, double seen) {
    return static_cast<float>((1.0 - o.momentum) * static_cast<double>(kept) + o.momentum * seen);
  };
  for (std::size_t c = 0; c < origin.size(); ++c) {
    const double from_origin = sums.first[c] / count;
    const double spread = sums.second[c] / count - from_origin * from_origin;
    const double variance = spread < 0 ? 0.0 : spread;  // below 0 by rounding; NaN stays NaN, for all to see
    const double exact_mean = static_cast<double>(origin[c]) + from_origin;
    mean[c] = static_cast<float>(exact_mean);
    inverse[c] = static_cast<float>(1.0 / std::sqrt(variance + o.eps));
    mean_kept[c] = moved(mean_kept[c], exact_mean);
    var_kept[c] = moved(var_kept[c], variance * count / (count - 1.0));
  }
  num_batches.add_(1);
}

// factor = scale x inverse deviation, offset = shift - mean x factor: from the same numbers in both directions, so that
// the derivative finds the same bits.
struct Factors {
  std::vector<float> factor, offset;

  Factors(const at::Tensor& scale, const at::Tensor& shift, const float* mean, const float* inverse)
      : factor(static_cast<std::size_t>(scale.numel())), offset(factor.size()) {
    const float* const scales = scale.const_data_ptr<float>();
    const float* const shifts = shift.defined() ? shift.const_data_ptr<float>() : nullptr;
    for (std::size_t c = 0; c < factor.size(); ++c) {
      factor[c] = scales[c] * inverse[c];
      offset[c] = shifts == nullptr ? 0.0F : shifts[c] - mean[c] * factor[c];
    }
  }
  Affine affine(bool relu) const { return {factor.data(), offset.data(), relu}; }
};

void use_running_statistics(const Call& call, float* mean, float* inverse) {
  const auto& o = options_of<BatchNormOptions>(call.node);
  const float* const means = call.reads[3].const_data_ptr<float>();
  const float* const variances = call.reads[4].const_data_ptr<float>();
  for (std::int64_t c = 0; c < call.reads[3].numel(); ++c) {
    mean[c] = means[c];
    inverse[c] = static_cast<float>(1.0 / std::sqrt(static_cast<double>(variances[c]) + o.eps));
  }
}

// Of gradient_of(): what belongs to a channel in dx = factor dz - slope (x - mean) - level, and the gradients of scale
// and shift.
struct ChannelGradients {
  std::vector<float> slope, level;
  at::Tensor scale, shift;
};

ChannelGradients channel_gradients(const ChannelSums& sums, const Factors& factors, const at::Tensor& inverse,
                                   std::int64_t num_rows) {
  const std::size_t channels = factors.factor.size();
  ChannelGradients result{.slope = std::vector<float>(channels),
                          .level = std::vector<float>(channels),
                          .scale = at::empty_like(inverse),
                          .shift = at::empty_like(inverse)};
  const float* const inverses = inverse.const_data_ptr<float>();
  float* const dscale = result.scale.mutable_data_ptr<float>();
  float* const dshift = result.shift.mutable_data_ptr<float>();
  const auto count = static_cast<double>(num_rows);
  for (std::size_t c = 0; c < channels; ++c) {
    const auto factor = static_cast<double>(factors.factor[c]), spread = static_cast<double>(inverses[c]);
    dscale[c] = static_cast<float>(sums.second[c] * spread);
    dshift[c] = static_cast<float>(sums.first[c]);
    result.slope[c] = static_cast<float>(factor * spread * spread * sums.second[c] / count);
    result.level[c] = static_cast<float>(factor * sums.first[c] / count);
  }
  return result;
}

template <class T>
Tensors gradient_of(const Call& call) {
  const auto& o = options_of<BatchNormOptions>(call.node);
  const std::size_t first_saved = o.relu ? 4 : 3;
  const at::Tensor &dy = call.reads[0], &x = call.reads[1], &mean = call.reads[first_saved],
                   &inverse = call.reads[first_saved + 1];
  const float* const means = mean.const_data_ptr<float>();
  const Factors factors(call.reads[2], o.relu ? call.reads[3] : at::Tensor(), means, inverse.const_data_ptr<float>());
  const Affine affine = factors.affine(o.relu);
  const RowExtent extent = extent_of(x);
  const std::int64_t channels = extent.num_channels;
  const T *const dys = values_of<T>(dy), *const xs = values_of<T>(x);
  const ChannelSums sums =
      sum_over_rows(extent, [&](std::int64_t row, std::int64_t count, double* first, double* second) {
        add_gradient_sums(dys + row * channels, xs + row * channels, {count, channels}, affine, means, first, second);
      });
  const ChannelGradients gradients = channel_gradients(sums, factors, inverse, extent.num_rows);
  at::Tensor dx;
  if (call.wants(0)) {
    dx = call.in_place ? dy : at::empty_like(x);
    T* const dxs = values_to<T>(dx);
    const InputGradient of_input{means, gradients.slope.data(), gradients.level.data()};
    for_rows(extent, [&](std::int64_t row, std::int64_t count) {
      const std::int64_t at = row * channels;
      input_gradient(dys + at, xs + at, {count, channels}, affine, of_input, dxs + at);
    });
  }
  return {dx, gradients.scale, gradients.shift};
}

template <class T>
at::Tensor applied(const at::Tensor& x, const Affine& affine) {
  const RowExtent extent = extent_of(x);
  at::Tensor y = at::empty_like(x);
  const T* const from = values_of<T>(x);
  T* const to = values_to<T>(y);
  for_rows(extent, [&](std::int64_t row, std::int64_t count) {
    const std::int64_t at = row * extent.num_channels;
    apply(from + at, {count, extent.num_channels}, affine, to + at);
  });
  return y;
}

template <class T>
Tensors normalized(const Call& call) {
  const at::Tensor& x = call.reads[0];
  const RowExtent extent = extent_of(x);
  const at::Tensor mean =
      at::empty({extent.num_channels}, x.options().dtype(at::kFloat).memory_format(at::MemoryFormat::Contiguous));
  const at::Tensor inverse = at::empty_like(mean);
  float *const means = mean.mutable_data_ptr<float>(), *const inverses = inverse.mutable_data_ptr<float>();
  if (uses_running_statistics(call))
    use_running_statistics(call, means, inverses);
  else
    take_statistics(call, values_of<T>(x), extent, means, inverses);
  const Factors factors(call.reads[1], call.reads[2], means, inverses);
  return {applied<T>(x, factors.affine(options_of<BatchNormOptions>(call.node).relu)), mean, inverse};
}

// From the same factors as before, so with the same bits.
template <class T>
Tensors normalized_again(const Call& call) {
  const Factors factors(call.reads[1], call.reads[2], call.reads[3].const_data_ptr<float>(),
                        call.reads[4].const_data_ptr<float>());
  return {applied<T>(call.reads[0], factors.affine(options_of<BatchNormOptions>(call.node).relu))};
}

}  // namespace

bool has_own_batch_norm(const Shape& map) {
  constexpr std::int64_t kFewestValues = 64;
  return map[0] * map[2] * map[3] >= kFewestValues;
}

Tensors batch_norm_cpu(const Call& call) {
  const at::Tensor& x = call.reads[0];
  if (!serves(call, x)) return batch_norm(call);
  return x.scalar_type() == at::kFloat ? normalized<float>(call) : normalized<std::uint16_t>(call);
}

Tensors batch_norm_again_cpu(const Call& call) {
  const at::Tensor& x = call.reads[0];
  if (!serves(call, x)) return batch_norm_again(call);
  return x.scalar_type() == at::kFloat ? normalized_again<float>(call) : normalized_again<std::uint16_t>(call);
}

Tensors batch_norm_vjp_cpu(const Call& call) {
  const at::Tensor &dy = call.reads[0], &x = call.reads[1];
  const bool is_served = serves(call, x) && serves(call, dy) && dy.scalar_type() == x.scalar_type();
  if (!is_served || uses_running_statistics(call)) return batch_norm_vjp(call);
  return x.scalar_type() == at::kFloat ? gradient_of<float>(call) : gradient_of<std::uint16_t>(call);
}

}  // namespace seg::kernels
