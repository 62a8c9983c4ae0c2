// SPDX-License-Identifier: Apache-2.0
// What it costs to measure a predicted image of 2048x1024 by its label (synthetic streets): the confusion matrix, and
// all of boundaries. Predictions are those of a network that is right but for edges of 8 pixels, or noise.
// Each first checks that the label itself is a perfect prediction.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>

#include "base/random.h"
#include "config/dataset.h"
#include "dataset/dataset.h"
#include "metrics/boundary_scores.h"

namespace seg {
namespace {

constexpr std::int64_t kClasses = 11, kIgnored = 255;

LabelMap street() {
  DatasetConfig config;
  config.dataset = "Synthetic";
  config.synthetic_size = {.height = 1024, .width = 2048};
  config.synthetic_images = 1;
  const std::unique_ptr<Dataset> dataset = open_dataset(config, Split::train);
  EncodedSample encoded;
  LabelMap label;
  dataset->fetch(0, encoded);
  dataset->decode_label(0, encoded, whole(encoded.layout), label);
  return label;
}

LabelMap predicted(const LabelMap& label, bool is_noise) {
  LabelMap map(label.height(), label.width());
  Random random(1, RandomStream::synthetic, 0);
  for (std::int64_t y = 0; y < map.height(); ++y)
    for (std::int64_t x = 0; x < map.width(); ++x) {
      const std::uint8_t from = label.row(y / 8 * 8)[static_cast<std::size_t>(x / 8 * 8)];
      map.row(y)[static_cast<std::size_t>(x)] =
          is_noise || from == kIgnored ? static_cast<std::uint8_t>(random.below(kClasses)) : from;
    }
  return map;
}

void confusion_matrix(benchmark::State& state) {
  const LabelMap label = street(), prediction = predicted(label, state.range(0) != 0);
  ConfusionMatrix own(kClasses);
  own.add(label.values(), label.values(), kIgnored);
  if (metrics_of(own).miou != 1) return state.SkipWithError("the label is no perfect prediction");
  for (auto _ : state) {
    ConfusionMatrix matrix(kClasses);
    matrix.add(label.values(), prediction.values(), kIgnored);
    benchmark::DoNotOptimize(matrix.total());
  }
  state.SetItemsProcessed(state.iterations());
}

void boundary_scores(benchmark::State& state) {
  const LabelMap label = street(), prediction = predicted(label, state.range(0) != 0);
  BoundaryScores scores(kClasses, kIgnored, {.iou_width = static_cast<double>(state.range(1)) / 1000});
  const BoundaryMetrics own = metrics_of(scores.count(label, label), AbsentClass::leave_out);
  if (own.miou != 1 || own.mean_f1 != 1 || own.trimaps.front().miou != 1)
    return state.SkipWithError("the label is no perfect prediction");
  for (auto _ : state) benchmark::DoNotOptimize(scores.count(label, prediction).bands.data());
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(confusion_matrix)->ArgName("noise")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(boundary_scores)
    ->ArgNames({"noise", "band_permille"})
    ->Args({0, 20})
    ->Args({0, 5})
    ->Args({1, 20})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seg
