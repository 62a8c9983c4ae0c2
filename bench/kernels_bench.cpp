// SPDX-License-Identifier: Apache-2.0
// Our own CPU kernels beside ATen's, forward and backward, on layers of BiSeNetV2 for 4 images of 256x512.
//
// Each pair is compared before it is timed. By turns, with the smallest and the median of many:
// `./dev bench --benchmark_filter=kernels --benchmark_repetitions=15 --benchmark_enable_random_interleaving=true`.
#include <benchmark/benchmark.h>

#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/kernel_trial.h"
#include "engine/memory.h"

namespace seg {
namespace {

// Maps and weights are of the compute type, and so is the result.
struct Layer {
  Node node;
  NodeShapes shapes;
};

Layer layer(Op op, Options options, std::vector<Shape> inputs, Shape output) {
  Layer result{{.op = op, .name = "layer", .options = std::move(options)},
               {.inputs = std::move(inputs), .types = {}, .output = std::move(output)}};
  for (const Shape& shape : result.shapes.inputs) {
    result.node.inputs.push_back(shape.empty() && op == Op::convolution ? kNoValue : ValueId{0});
    result.shapes.types.push_back(shape.size() == 4 ? NumberType::compute : NumberType::full);
  }
  return result;
}

void run(benchmark::State& state, const Layer& layer, at::ScalarType compute, bool own) {
  const KernelTrial trial(layer.node, layer.shapes, {.compute = compute});
  const std::string differs = disagreement(trial.errors());
  if (!differs.empty()) return state.SkipWithError(("the two kernels disagree: " + differs).c_str());
  for (auto _ : state) benchmark::DoNotOptimize(trial.run(own));
}

Layer batch_norm_relu(std::int64_t channels, std::int64_t height, std::int64_t width) {
  const Shape map = {4, channels, height, width}, of_channel = {channels};
  Layer result = layer(Op::batch_norm, BatchNormOptions{.relu = true},
                       {map, of_channel, of_channel, of_channel, of_channel, {}}, map);
  result.shapes.types.back() = NumberType::index;
  return result;
}

Layer convolution(const ConvolutionOptions& o, std::int64_t channels, std::int64_t height, std::int64_t width) {
  return layer(Op::convolution, o,
               {{4, channels, height, width}, {o.out_channels, channels / o.groups, o.kernel, o.kernel}, {}},
               {4, o.out_channels, height / o.stride, width / o.stride});
}

Layer depthwise(std::int64_t channels, std::int64_t multiplier, std::int64_t stride, std::int64_t height,
                std::int64_t width) {
  return convolution({.out_channels = channels * multiplier, .stride = stride, .groups = channels}, channels, height,
                     width);
}

void add(const std::string& name, const Layer& layer) {
  for (const auto& [type, type_name] : {std::pair(at::kFloat, "fp32"), std::pair(at::kBFloat16, "bf16")})
    for (const bool own : {true, false}) {
      const std::string whole = "kernels/" + name + "/" + type_name + (own ? "/own" : "/aten");
      benchmark::RegisterBenchmark(whole.c_str(),
                                   [layer, own, type = type](benchmark::State& state) { run(state, layer, type, own); })
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
}

const bool kAdded = [] {
  install_arena();  // as the program has: else fresh pages are most of what is timed
  add("batch_norm_relu_64x128x256", batch_norm_relu(64, 128, 256));
  add("batch_norm_relu_128x32x64", batch_norm_relu(128, 32, 64));
  add("batch_norm_relu_16x128x256", batch_norm_relu(16, 128, 256));
  add("depthwise_32_times_6_32x64", depthwise(32, 6, 1, 32, 64));
  add("depthwise_16_times_6_stride_2_64x128", depthwise(16, 6, 2, 64, 128));
  // By Winograd's algorithm.
  for (const auto& [in, out, height, width] :
       {std::array{16, 16, 128, 256}, std::array{64, 64, 128, 256}, std::array{64, 64, 64, 128},
        std::array{128, 128, 32, 64}, std::array{128, 1024, 32, 64}, std::array{256, 256, 16, 32},
        std::array{16, 128, 64, 128}, std::array{512, 512, 16, 32}, std::array{32, 128, 32, 64}}) {
    add("convolution_3x3_" + std::to_string(in) + "_" + std::to_string(out) + "_" + std::to_string(height) + "x" +
            std::to_string(width),
        convolution({.out_channels = out, .winograd = true}, in, height, width));
  }
  // Of which the gradient of the weight is ours in fp32.
  for (const auto& [in, out, height, width] : {std::array{3, 64, 256, 512}, std::array{64, 64, 128, 256},
                                               std::array{64, 128, 64, 128}, std::array{128, 128, 32, 64}}) {
    add("convolution_stride_2_" + std::to_string(in) + "_" + std::to_string(out) + "_" + std::to_string(height) + "x" +
            std::to_string(width),
        convolution({.out_channels = out, .stride = 2}, in, height, width));
  }
  add("depthwise_128_32x64", depthwise(128, 1, 1, 32, 64));
  return true;
}();

}  // namespace
}  // namespace seg
