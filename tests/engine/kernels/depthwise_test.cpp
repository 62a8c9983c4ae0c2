// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/depthwise.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/relu.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/engine/support/oracle.h"

namespace seg::kernels {
namespace {

using testing::relative_error;

struct Layer {
  at::Tensor x, weight, dy;
  std::int64_t stride;

  Layer(std::int64_t channels, std::int64_t multiplier, std::int64_t height, std::int64_t width, std::int64_t s,
        at::ScalarType type = at::kFloat)
      : x(map({2, channels, height, width}, type)),
        weight(at::randn({channels * multiplier, 1, 3, 3}).to(type)),
        dy(map({2, channels * multiplier, (height - 1) / s + 1, (width - 1) / s + 1}, type)),
        stride(s) {}
  static at::Tensor map(at::IntArrayRef shape, at::ScalarType type) {
    return at::randn(shape).to(type).contiguous(at::MemoryFormat::ChannelsLast);
  }
};

void expect_near_double_precision(const Layer& layer, double of_maps, double of_weights) {
  const at::Tensor x = layer.x.to(at::kDouble), weight = layer.weight.to(at::kDouble), dy = layer.dy.to(at::kDouble);
  const std::array<std::int64_t, 2> stride{layer.stride, layer.stride}, one{1, 1}, zero{0, 0};
  const at::Tensor y = at::convolution(x, weight, {}, stride, one, one, false, zero, x.size(1));
  const auto [dx, dweight, dbias] =
      at::convolution_backward(dy, x, weight, {}, stride, one, one, false, zero, x.size(1), {true, true, false});
  const at::Tensor our_y = depthwise(layer.x, layer.weight, layer.stride);
  const at::Tensor our_dx = depthwise_input_gradient(layer.dy, layer.weight, layer.x.sizes().vec(), layer.stride);
  const at::Tensor our_dweight = depthwise_weight_gradient(layer.dy, layer.x, layer.weight, layer.stride);
  ASSERT_EQ(our_y.sizes(), y.sizes());
  EXPECT_TRUE(our_y.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(our_dx.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_EQ(our_dweight.scalar_type(), layer.weight.scalar_type());
  EXPECT_LT(relative_error(our_y, y), of_maps);
  EXPECT_LT(relative_error(our_dx, dx), of_maps);
  EXPECT_LT(relative_error(our_dweight, dweight), of_weights);
}

TEST(Depthwise, AddsABiasAndDropsWhatIsNegativeBeforeItRounds) {
  for (const auto& [type, tolerance] : {std::pair(at::kFloat, 1e-6), std::pair(at::kBFloat16, 3e-3)})
    for (const std::int64_t stride : {1, 2}) {
      const Layer layer(19, 6, 9, 10, stride, type);
      const at::Tensor bias = at::randn({19 * 6});
      const at::Tensor expected =
          at::conv2d(layer.x.to(at::kDouble), layer.weight.to(at::kDouble), bias.to(at::kDouble), stride, 1, 1, 19);
      const at::Tensor shifted = depthwise(layer.x, layer.weight, stride, {.bias = bias});
      EXPECT_LT(relative_error(shifted, expected), tolerance);
      const at::Tensor positive = depthwise(layer.x, layer.weight, stride, {.bias = bias, .relu = true});
      EXPECT_LT(relative_error(positive, at::relu(expected)), tolerance);
      EXPECT_TRUE(positive.equal(at::relu(shifted)));
    }
}

TEST(Depthwise, IsNearDoublePrecisionForOddAndEvenMapsAndBothStrides) {
  for (const std::int64_t multiplier : {1, 2, 6})
    for (const std::int64_t stride : {1, 2})
      for (const auto& [height, width] : {std::pair(12, 17), std::pair(9, 8), std::pair(1, 1), std::pair(2, 3)}) {
        SCOPED_TRACE(std::to_string(multiplier) + "x, stride " + std::to_string(stride) + ", " +
                     std::to_string(height) + "x" + std::to_string(width));
        expect_near_double_precision(Layer(19, multiplier, height, width, stride), 1e-6, 2e-6);
        expect_near_double_precision(Layer(16, multiplier, height, width, stride, at::kBFloat16), 4e-3, 4e-3);
      }
}

TEST(Depthwise, AnyNumberOfThreadsGivesTheSameBits) {
  const Layer layer(16, 6, 65, 33, 2);
  const int usual_threads = at::get_num_threads();
  std::vector<std::array<at::Tensor, 3>> results;
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    results.push_back({depthwise(layer.x, layer.weight, 2),
                       depthwise_input_gradient(layer.dy, layer.weight, layer.x.sizes().vec(), 2),
                       depthwise_weight_gradient(layer.dy, layer.x, layer.weight, 2)});
  }
  at::set_num_threads(usual_threads);
  for (const auto& other : results)
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(other[i].equal(results[0][i]));
}

TEST(Depthwise, ServesNothingElse) {
  const auto is_served_with = [](auto change) {
    ConvolutionOptions options{.out_channels = 8, .groups = 4};
    change(options);
    return is_depthwise(options, 4);
  };
  EXPECT_TRUE(is_served_with([](auto&) {}));
  EXPECT_TRUE(is_served_with([](auto& o) { o.stride = 2; }));
  EXPECT_FALSE(is_served_with([](auto& o) { o.stride = 3; }));
  EXPECT_FALSE(is_served_with([](auto& o) { o.kernel = 5; }));
  EXPECT_FALSE(is_served_with([](auto& o) { o.padding = 0; }));
  EXPECT_FALSE(is_served_with([](auto& o) { o.dilation = 2; }));
  EXPECT_FALSE(is_served_with([](auto& o) { o.groups = 2; }));
  EXPECT_TRUE(is_served_with([](auto& o) { o.bias = true; }));
}

}  // namespace
}  // namespace seg::kernels
