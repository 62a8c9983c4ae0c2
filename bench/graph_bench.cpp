// SPDX-License-Identifier: Apache-2.0
// What the start of a run spends on its network: building the graph and differentiating it.
#include <benchmark/benchmark.h>

#include "graph/plan.h"
#include "models/model.h"

namespace seg {
namespace {

void build_and_differentiate(benchmark::State& state) {
  const Model& model = find_model("bisenetv2");
  if (differentiate(model.build({}), Schedule::two_passes).backward.empty()) {
    return state.SkipWithError("there is nothing to train");
  }
  for (auto _ : state) benchmark::DoNotOptimize(differentiate(model.build({}), Schedule::earliest));
}
BENCHMARK(build_and_differentiate)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seg
