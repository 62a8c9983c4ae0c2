// SPDX-License-Identifier: Apache-2.0
// The dense 3x3 convolutions of BiSeNetV2 at 256x512, batch 4, and neighbours of theirs: kernels of the library and
// those by Winograd, for the output and both gradients. They must agree before they are timed.
#include <ATen/ops/convolution.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/sub.h>
#include <benchmark/benchmark.h>

#include "engine/kernels/winograd.h"

namespace seg {
namespace {

namespace winograd = kernels::winograd;

enum class Result : std::uint8_t { output, input_gradient, weight_gradient };

struct Maps {
  at::Tensor x, weight, dy;
};

at::Tensor random(std::initializer_list<std::int64_t> sizes) {
  return at::randn(sizes, at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor by_library(Result result, const Maps& m) {
  if (result == Result::output) return at::convolution(m.x, m.weight, {}, {1, 1}, {1, 1}, {1, 1}, false, {0, 0}, 1);
  const bool of_input = result == Result::input_gradient;
  const auto [dx, dweight, dbias] =
      at::convolution_backward(m.dy, m.x, m.weight, at::OptionalIntArrayRef(), {1, 1}, {1, 1}, {1, 1}, false, {0, 0}, 1,
                               {of_input, !of_input, false});
  return of_input ? dx : dweight;
}

at::Tensor by_winograd(Result result, const Maps& m) {
  switch (result) {
    case Result::output: return winograd::convolution(m.x, m.weight);
    case Result::input_gradient: return winograd::input_gradient(m.dy, m.weight);
    case Result::weight_gradient: return winograd::weight_gradient(m.x, m.dy);
  }
  return {};
}

double norm(const at::Tensor& tensor) { return at::linalg_vector_norm(tensor).item().toDouble(); }

void convolution_3x3(benchmark::State& state) {
  const std::int64_t in = state.range(0), out = state.range(1), height = state.range(2), width = state.range(3);
  const auto result = static_cast<Result>(state.range(4));
  const bool is_winograd = state.range(5) != 0;
  constexpr std::int64_t kImages = 4;
  const Maps m{random({kImages, in, height, width}), random({out, in, 3, 3}), random({kImages, out, height, width})};
  const at::Tensor reference = by_library(result, m);
  if (norm(at::sub(by_winograd(result, m), reference)) > 2e-5 * norm(reference))
    return state.SkipWithError("the two differ");
  for (auto _ : state) benchmark::DoNotOptimize(is_winograd ? by_winograd(result, m) : by_library(result, m));
  state.counters["multiply_adds"] = benchmark::Counter(static_cast<double>(kImages * in * out * height * width * 9),
                                                       benchmark::Counter::kIsIterationInvariantRate);
}

void sizes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"in", "out", "height", "width", "result", "winograd"});
  for (const auto& [in, out, height, width] :
       {std::array{16, 16, 128, 256}, std::array{64, 64, 128, 256}, std::array{64, 64, 64, 128},
        std::array{128, 128, 32, 64}, std::array{128, 1024, 32, 64}, std::array{256, 256, 16, 32},
        std::array{128, 128, 8, 16}, std::array{512, 512, 8, 16}}) {
    for (const int result : {0, 1, 2}) {
      for (const int is_winograd : {0, 1}) bench->Args({in, out, height, width, result, is_winograd});
    }
  }
}
BENCHMARK(convolution_3x3)->Apply(sizes)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace seg
