// SPDX-License-Identifier: Apache-2.0
// What data sets cost: drawing synthetic streets, reading labels, scanning them before training.
// Drawing first checks that a window equals that part of the whole image.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "config/dataset.h"
#include "dataset/dataset.h"
#include "dataset/scan.h"
#include "image/png.h"

namespace seg {
namespace {

std::unique_ptr<Dataset> streets(std::int64_t height, std::int64_t width) {
  DatasetConfig config;
  config.dataset = "Synthetic";
  config.synthetic_size = {.height = height, .width = width};
  config.synthetic_images = 64;
  return open_dataset(config, Split::train);
}

bool window_equals_part(const Dataset& dataset) {
  EncodedSample encoded;
  dataset.fetch(0, encoded);
  const std::int64_t height = encoded.layout.height / 2, width = encoded.layout.width / 3;
  Image all, part;
  dataset.decode_image(0, encoded, whole(encoded.layout), all);
  dataset.decode_image(0, encoded, {height / 2, width, height, width}, part);
  for (std::int64_t y = 0; y < height; ++y) {
    const auto row = all.row<std::uint8_t>(height / 2 + y);
    if (!std::ranges::equal(part.row<std::uint8_t>(y),
                            row.subspan(static_cast<std::size_t>(3 * width), static_cast<std::size_t>(3 * width))))
      return false;
  }
  return true;
}

void draw_street(benchmark::State& state) {
  const auto dataset = streets(state.range(0), state.range(1));
  if (!window_equals_part(*dataset)) return state.SkipWithError("a window differs from that part of the whole image");
  EncodedSample encoded;
  Image image;
  std::size_t i = 0;
  for (auto _ : state) {
    dataset->fetch(i % dataset->size(), encoded);
    dataset->decode_image(i++ % dataset->size(), encoded, whole(encoded.layout), image);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(draw_street)
    ->ArgNames({"height", "width"})
    ->Args({128, 256})
    ->Args({360, 480})
    ->Unit(benchmark::kMillisecond);

void draw_street_labels(benchmark::State& state) {
  const auto dataset = streets(state.range(0), state.range(1));
  EncodedSample encoded;
  LabelMap label;
  std::size_t i = 0;
  for (auto _ : state) {
    dataset->fetch(i % dataset->size(), encoded);
    dataset->decode_label(i++ % dataset->size(), encoded, whole(encoded.layout), label);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(draw_street_labels)->ArgNames({"height", "width"})->Args({360, 480})->Unit(benchmark::kMillisecond);

void decode_png_labels_of_street(benchmark::State& state) {
  const auto dataset = streets(1024, 2048);
  EncodedSample encoded;
  LabelMap label, decoded;
  dataset->fetch(0, encoded);
  dataset->decode_label(0, encoded, whole(encoded.layout), label);
  const Bytes file = encode_png(label);
  for (auto _ : state) decode_png_labels(file, "bench", whole(encoded.layout), decoded);
  if (!std::ranges::equal(decoded.values(), label.values())) state.SkipWithError("the labels differ");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(decode_png_labels_of_street)->Unit(benchmark::kMillisecond);

void scan_streets(benchmark::State& state) {
  const auto dataset = streets(128, 256);
  for (auto _ : state) {
    const ScanReport report = scan_labels(*dataset, {.num_classes = 11, .threads = static_cast<int>(state.range(0))});
    if (!report.problems.empty()) return state.SkipWithError("the scan found problems");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(dataset->size()));
}
BENCHMARK(scan_streets)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seg
