// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/depthwise.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <array>
#include <vector>

#include "engine/kernels/dense_map.h"
#include "engine/kernels/depthwise_rows.h"

namespace seg::kernels {
namespace {

constexpr std::int64_t kTaps = 9;

std::size_t size_of(std::int64_t count) { return static_cast<std::size_t>(count); }

// [tap][channel]; turned around for the gradient of the input.
std::vector<float> packed_weight(const at::Tensor& weight, bool turned) {
  const at::Tensor plain = weight.to(at::kFloat).contiguous();
  const float* const from = plain.const_data_ptr<float>();
  const std::int64_t channels = weight.size(0);
  std::vector<float> packed(size_of(kTaps * channels));
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t tap = 0; tap < kTaps; ++tap)
      packed[size_of((turned ? kTaps - 1 - tap : tap) * channels + c)] = from[c * kTaps + tap];
  return packed;
}

// A map as padded rows: the last three that were asked for are kept. With a spacing of 2 it is the map with zeros
// between its pixels, rows alike. For one thread.
template <class T>
class PaddedRows {
 public:
  PaddedRows(const at::Tensor& map, std::int64_t multiplier, std::int64_t spacing)
      : from_(values_of<T>(map)),
        height_(map.size(2)),
        shape_{map.size(3), map.size(1)},
        multiplier_(multiplier),
        spacing_(spacing) {
    const std::int64_t size = (spacing * shape_.width + 2) * shape_.channels * multiplier + kRowSlack;
    for (Row& row : rows_) row.padded.resize(size_of(size));
  }

  // Null where it is outside or all zeros.
  const float* row(std::int64_t image, std::int64_t y) {
    if (y < 0 || y % spacing_ != 0 || y / spacing_ >= height_) return nullptr;
    const std::int64_t number = image * height_ + y / spacing_;
    Row& kept = rows_[size_of(number % 3)];
    if (kept.number != number) {
      pad_row(from_ + number * shape_.width * shape_.channels, shape_, multiplier_, spacing_, kept.padded.data());
      kept.number = number;
    }
    return kept.padded.data();
  }

  // The rows that the window at y begins with.
  ThreeRows window(std::int64_t image, std::int64_t y) { return {row(image, y), row(image, y + 1), row(image, y + 2)}; }

 private:
  struct Row {
    std::int64_t number = -1;
    std::vector<float> padded;
  };
  const T* from_;
  std::int64_t height_;
  RowShape shape_;
  std::int64_t multiplier_, spacing_;
  std::array<Row, 3> rows_;
};

// Rows of a result that a thread takes at least: what precedes them is padded again.
constexpr std::int64_t kRowGrain = 8;

template <class T>
at::Tensor forward(const at::Tensor& x, const at::Tensor& weight, std::int64_t stride, const DepthwiseFinish& finish) {
  const std::int64_t channels = weight.size(0), height = (x.size(2) - 1) / stride + 1,
                     width = (x.size(3) - 1) / stride + 1;
  const at::Tensor y =
      at::empty({x.size(0), channels, height, width}, x.options().memory_format(at::MemoryFormat::ChannelsLast));
  const std::vector<float> packed = packed_weight(weight, false);
  const at::Tensor bias = finish.bias.defined() ? finish.bias.to(at::kFloat).contiguous() : at::Tensor();
  const SumFinish sums{.bias = bias.defined() ? bias.const_data_ptr<float>() : nullptr, .relu = finish.relu};
  T* const to = values_to<T>(y);
  at::parallel_for(0, x.size(0) * height, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    PaddedRows<T> rows(x, channels / x.size(1), 1);
    for (std::int64_t i = begin; i < end; ++i)
      correlate(rows.window(i / height, i % height * stride - 1), packed.data(), {width, channels}, stride,
                to + i * width * channels, sums);
  });
  return y;
}

// A convolution with the weight turned around of the gradient, with zeros between its pixels if the stride is 2.
template <class T>
at::Tensor input_gradient(const at::Tensor& dy, const at::Tensor& weight, const Shape& input, std::int64_t stride) {
  const std::int64_t channels = weight.size(0), height = input[2], width = input[3], multiplier = channels / input[1];
  const at::Tensor dx = at::empty(input, dy.options().memory_format(at::MemoryFormat::ChannelsLast));
  const std::vector<float> packed = packed_weight(weight, true);
  T* const to = values_to<T>(dx);
  at::parallel_for(0, input[0] * height, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    PaddedRows<T> rows(dy, 1, stride);
    std::vector<float> wide(multiplier > 1 ? size_of(width * channels) : 0);
    for (std::int64_t i = begin; i < end; ++i) {
      const ThreeRows window = rows.window(i / height, i % height - 1);
      T* const row = to + i * width * input[1];
      if (multiplier == 1) {
        correlate(window, packed.data(), {width, channels}, 1, row);
      } else {
        correlate(window, packed.data(), {width, channels}, 1, wide.data());
        sum_channels(wide.data(), {width, input[1]}, multiplier, row);
      }
    }
  });
  return dx;
}

// Rows are parted by their number alone, whatever the number of threads.
template <class T>
at::Tensor weight_gradient(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight, std::int64_t stride) {
  constexpr std::int64_t kMostParts = 16;
  const std::int64_t channels = weight.size(0), height = dy.size(2), width = dy.size(3), num_rows = dy.size(0) * height;
  const std::int64_t rows_a_part = std::max(kRowGrain, (num_rows + kMostParts - 1) / kMostParts);
  const std::int64_t num_parts = (num_rows + rows_a_part - 1) / rows_a_part;
  std::vector<float> sums(size_of(num_parts * kTaps * channels));
  at::parallel_for(0, num_parts, 1, [&](std::int64_t begin, std::int64_t end) {
    PaddedRows<T> rows(x, channels / x.size(1), 1), gradients(dy, 1, 1);
    for (std::int64_t i = begin * rows_a_part; i < std::min(end * rows_a_part, num_rows); ++i) {
      const std::int64_t image = i / height, row = i % height;
      add_weight_gradient(rows.window(image, row * stride - 1), gradients.row(image, row) + channels, {width, channels},
                          stride, sums.data() + i / rows_a_part * kTaps * channels);
    }
  });
  const at::Tensor result = at::empty({channels, 1, 3, 3}, dy.options().dtype(at::kFloat));
  float* const to = result.mutable_data_ptr<float>();
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t tap = 0; tap < kTaps; ++tap) {
      double sum = 0.0;
      for (std::int64_t part = 0; part < num_parts; ++part)
        sum += static_cast<double>(sums[size_of((part * kTaps + tap) * channels + c)]);
      to[c * kTaps + tap] = static_cast<float>(sum);
    }
  return result.to(weight.scalar_type());
}

}  // namespace

bool is_depthwise(const ConvolutionOptions& o, std::int64_t in_channels) {
  return o.groups == in_channels && o.kernel == 3 && o.padding == 1 && o.dilation == 1 &&
         (o.stride == 1 || o.stride == 2);
}

at::Tensor depthwise(const at::Tensor& x, const at::Tensor& weight, std::int64_t stride,
                     const DepthwiseFinish& finish) {
  return x.scalar_type() == at::kFloat ? forward<float>(x, weight, stride, finish)
                                       : forward<std::uint16_t>(x, weight, stride, finish);
}

at::Tensor depthwise_input_gradient(const at::Tensor& dy, const at::Tensor& weight, const Shape& input,
                                    std::int64_t stride) {
  return dy.scalar_type() == at::kFloat ? input_gradient<float>(dy, weight, input, stride)
                                        : input_gradient<std::uint16_t>(dy, weight, input, stride);
}

at::Tensor depthwise_weight_gradient(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight,
                                     std::int64_t stride) {
  return x.scalar_type() == at::kFloat ? weight_gradient<float>(dy, x, weight, stride)
                                       : weight_gradient<std::uint16_t>(dy, x, weight, stride);
}

}  // namespace seg::kernels
