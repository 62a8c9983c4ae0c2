// SPDX-License-Identifier: Apache-2.0
// Our own CPU kernels beside ATen's, forward and backward, on layers of BiSeNetV2 for 4 images of 256x512.
//
// Each pair is compared before it is timed. By turns, with the smallest and the median of many:
// `./dev bench --benchmark_filter=kernels --benchmark_repetitions=15 --benchmark_enable_random_interleaving=true`.
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "engine/kernels/kernel.h"
#include "engine/memory.h"
#include "graph/derivative.h"

namespace seg {
namespace {

at::Tensor map(at::IntArrayRef shape, at::ScalarType type) {
  return at::randn(shape).to(type).contiguous(at::MemoryFormat::ChannelsLast);
}

// A node with its operands and the gradient of its result.
struct Layer {
  Node node;
  Tensors inputs;
  KernelContext context{};
  std::vector<Shape> shapes{};
  at::Tensor gradient{};

  // By inputs; the result's shape and gradient are found by running it once.
  Layer(Op op, Options options, Tensors operands)
      : node{.op = op, .name = "layer", .options = std::move(options)}, inputs(std::move(operands)) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      node.inputs.push_back(inputs[i].defined() ? static_cast<ValueId>(i) : kNoValue);
      shapes.push_back(inputs[i].defined() ? inputs[i].sizes().vec() : Shape{});
    }
    node.output = static_cast<ValueId>(inputs.size());
    shapes.emplace_back();
    context.compute = inputs[0].scalar_type();
  }

  Tensors call(KernelFunction kernel, const Tensors& reads) const {
    const std::vector<std::uint8_t> wanted(6, 1);
    return kernel({node, reads, shapes, wanted, false, context});
  }

  // The result, and the gradient of the first operand.
  Tensors run(KernelFunction forward, KernelFunction vjp) const {
    const Tensors results = call(forward, inputs);
    const Derivative derivative = derivative_of(node);
    Tensors reads{gradient};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if ((derivative.reads_inputs >> i & 1U) != 0) reads.push_back(inputs[i]);
    }
    for (std::size_t i = 0; i < derivative.saved.size(); ++i) reads.push_back(results.at(i + 1));
    return {results[0], call(vjp, reads)[0]};
  }
};

double difference(const at::Tensor& a, const at::Tensor& b) {
  return a.sub(b).norm().item<double>() / b.norm().item<double>();
}

void run(benchmark::State& state, const std::function<Layer()>& make, bool own) {
  Layer layer = make();
  const Kernels& kernels = kernels_of(layer.node.op);
  const at::Tensor result = layer.call(kernels.forward, layer.inputs)[0];
  layer.shapes.back() = result.sizes().vec();
  layer.gradient = map(result.sizes(), result.scalar_type());
  const Tensors expected = layer.run(kernels.forward, kernels.vjp);
  const Tensors ours = layer.run(kernels.cpu_forward, kernels.cpu_vjp);
  // Of some million values a few are so near to 0 that rounding decides whether a ReLU lets their gradient pass.
  const bool is_float = result.scalar_type() == at::kFloat;
  const double of_result = is_float ? 1e-5 : 1e-2, of_gradient = is_float ? 1e-2 : 5e-2;
  if (difference(ours[0], expected[0]) > of_result || difference(ours[1], expected[1]) > of_gradient)
    return state.SkipWithError("the two kernels disagree");
  for (auto _ : state)
    benchmark::DoNotOptimize(own ? layer.run(kernels.cpu_forward, kernels.cpu_vjp)
                                 : layer.run(kernels.forward, kernels.vjp));
}

Layer batch_norm_relu(std::int64_t channels, std::int64_t height, std::int64_t width, at::ScalarType type) {
  const auto per_channel = [&] { return at::rand({channels}).add_(0.5); };
  return {Op::batch_norm,
          BatchNormOptions{.relu = true},
          {map({4, channels, height, width}, type), per_channel(), per_channel(), per_channel(), per_channel(),
           at::zeros({}, at::TensorOptions(at::kLong))}};
}

Layer depthwise(std::int64_t channels, std::int64_t multiplier, std::int64_t stride, std::int64_t height,
                std::int64_t width, at::ScalarType type) {
  return {
      Op::convolution,
      ConvolutionOptions{.out_channels = channels * multiplier, .stride = stride, .groups = channels},
      {map({4, channels, height, width}, type), at::randn({channels * multiplier, 1, 3, 3}).to(type), at::Tensor()}};
}

// By Winograd's algorithm.
Layer convolution_3x3(std::int64_t in, std::int64_t out, std::int64_t height, std::int64_t width, at::ScalarType type) {
  return {Op::convolution,
          ConvolutionOptions{.out_channels = out, .winograd = true},
          {map({4, in, height, width}, type), map({out, in, 3, 3}, type), at::Tensor()}};
}

// Of which we have the gradient of the weight in fp32.
Layer convolution_of_stride_2(std::int64_t in, std::int64_t out, std::int64_t height, std::int64_t width,
                              at::ScalarType type) {
  return {Op::convolution,
          ConvolutionOptions{.out_channels = out, .stride = 2},
          {map({4, in, height, width}, type), map({out, in, 3, 3}, type), at::Tensor()}};
}

void add(const std::string& name, const std::function<Layer(at::ScalarType)>& make) {
  for (const auto& [type, type_name] : {std::pair(at::kFloat, "fp32"), std::pair(at::kBFloat16, "bf16")})
    for (const bool own : {true, false}) {
      const std::string whole = "kernels/" + name + "/" + type_name + (own ? "/own" : "/aten");
      benchmark::RegisterBenchmark(whole.c_str(),
                                   [make, own, type = type](benchmark::State& state) {
                                     run(
                                         state, [&] { return make(type); }, own);
                                   })
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
}

const bool kAdded = [] {
  install_arena();  // as the program has: else fresh pages are most of what is timed
  add("batch_norm_relu_64x128x256", [](at::ScalarType t) { return batch_norm_relu(64, 128, 256, t); });
  add("batch_norm_relu_128x32x64", [](at::ScalarType t) { return batch_norm_relu(128, 32, 64, t); });
  add("batch_norm_relu_16x128x256", [](at::ScalarType t) { return batch_norm_relu(16, 128, 256, t); });
  add("depthwise_32_times_6_32x64", [](at::ScalarType t) { return depthwise(32, 6, 1, 32, 64, t); });
  add("depthwise_16_times_6_stride_2_64x128", [](at::ScalarType t) { return depthwise(16, 6, 2, 64, 128, t); });
  for (const auto& [in, out, height, width] :
       {std::array{16, 16, 128, 256}, std::array{64, 64, 128, 256}, std::array{64, 64, 64, 128},
        std::array{128, 128, 32, 64}, std::array{128, 1024, 32, 64}, std::array{256, 256, 16, 32},
        std::array{16, 128, 64, 128}, std::array{512, 512, 16, 32}, std::array{32, 128, 32, 64}}) {
    add("convolution_3x3_" + std::to_string(in) + "_" + std::to_string(out) + "_" + std::to_string(height) + "x" +
            std::to_string(width),
        [=](at::ScalarType t) { return convolution_3x3(in, out, height, width, t); });
  }
  for (const auto& [in, out, height, width] : {std::array{3, 64, 256, 512}, std::array{64, 64, 128, 256},
                                               std::array{64, 128, 64, 128}, std::array{128, 128, 32, 64}}) {
    add("convolution_stride_2_" + std::to_string(in) + "_" + std::to_string(out) + "_" + std::to_string(height) + "x" +
            std::to_string(width),
        [=](at::ScalarType t) { return convolution_of_stride_2(in, out, height, width, t); });
  }
  add("depthwise_128_32x64", [](at::ScalarType t) { return depthwise(128, 1, 1, 32, 64, t); });
  return true;
}();

}  // namespace
}  // namespace seg
