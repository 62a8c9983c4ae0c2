// SPDX-License-Identifier: Apache-2.0
// Distance maps of a synthetic street of 2048x1024 and of a crop of it, on one thread. Each is first checked, at some
// pixels, by looking at every source from there.
//
// For bench/compare_distance.py a variable of the environment, SEG_BENCH_LABELS, names bare labels that take the place
// of the street ("HEIGHT WIDTH IGNORED FILE"), and SEG_BENCH_MAP a file into which the map goes, as bare values.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/random.h"
#include "config/dataset.h"
#include "dataset/dataset.h"
#include "image/distance_map.h"

namespace seg {
namespace {

constexpr std::uint16_t kWithin32 = 32 * 32;

struct Labels {
  LabelMap map;
  DistanceSources sources;
};

bool are_given() { return std::getenv("SEG_BENCH_LABELS") != nullptr; }

Labels given_labels() {
  std::istringstream description(std::getenv("SEG_BENCH_LABELS"));
  std::int64_t height = 0, width = 0;
  int ignored = 255;
  std::string file;
  description >> height >> width >> ignored >> std::ws;
  std::getline(description, file);
  Labels labels{LabelMap(height, width), {.ignored = static_cast<std::uint8_t>(ignored)}};
  const Bytes bytes = read_file(file);
  std::memcpy(labels.map.values().data(), bytes.data(), std::min(bytes.size(), labels.map.values().size()));
  return labels;
}

// The middle of a street.
Labels labels_of_street(std::int64_t height, std::int64_t width) {
  if (are_given()) return given_labels();
  DatasetConfig config;
  config.dataset = "Synthetic";
  config.synthetic_size = {.height = 1024, .width = 2048};
  const auto dataset = open_dataset(config, Split::train);
  Labels labels{{}, {.ignored = dataset->traits().ignore_label}};
  EncodedSample encoded;
  dataset->fetch_label(0, encoded);
  dataset->decode_label(0, encoded, {(1024 - height) / 2, (2048 - width) / 2, height, width}, labels.map);
  return labels;
}

struct Pixel {
  std::int64_t y, x;
};

std::vector<Pixel> boundary_of(const Labels& labels) {
  const LabelMap& map = labels.map;
  const auto at = [&](std::int64_t y, std::int64_t x) { return map.row(y)[static_cast<std::size_t>(x)]; };
  const auto differ = [&](std::uint8_t a, std::uint8_t b) {
    return a != b && a != labels.sources.ignored && b != labels.sources.ignored;
  };
  std::vector<Pixel> boundary;
  for (std::int64_t y = 0; y < map.height(); ++y)
    for (std::int64_t x = 0; x < map.width(); ++x)
      if ((y > 0 && differ(at(y, x), at(y - 1, x))) || (x > 0 && differ(at(y, x), at(y, x - 1))) ||
          (y + 1 < map.height() && differ(at(y, x), at(y + 1, x))) ||
          (x + 1 < map.width() && differ(at(y, x), at(y, x + 1))))
        boundary.push_back({y, x});
  return boundary;
}

// Whether value_of(square) stands in the map wherever it is looked.
template <class Value, class ValueOf>
bool is_right(const Labels& labels, const std::vector<Value>& map, const ValueOf& value_of) {
  const std::vector<Pixel> boundary = boundary_of(labels);
  Random random(1, RandomStream::synthetic, 0);
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t place = random.below(map.size());
    const std::int64_t y = static_cast<std::int64_t>(place) / labels.map.width();
    const std::int64_t x = static_cast<std::int64_t>(place) % labels.map.width();
    std::int64_t square = DistanceMap::kNowhere;
    for (const Pixel& there : boundary)
      square = std::min(square, (there.y - y) * (there.y - y) + (there.x - x) * (there.x - x));
    if (map[place] != value_of(square)) return false;
  }
  return true;
}

template <class Value>
void write_map(const std::vector<Value>& map) {
  if (const char* file = std::getenv("SEG_BENCH_MAP")) {
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(map.data()), static_cast<std::streamsize>(map.size() * sizeof(Value)));
  }
}

template <class Value, class Make, class ValueOf>
void measure(benchmark::State& state, const Make& make, const ValueOf& value_of) {
  const Labels labels = labels_of_street(state.range(0), state.range(1));
  DistanceMap distances;
  std::vector<Value> map(labels.map.values().size());
  make(distances, labels, map);
  if (!is_right(labels, map, value_of)) return state.SkipWithError("a distance is not the one to the nearest boundary");
  write_map(map);
  for (auto _ : state) make(distances, labels, map);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(map.size()));  // pixels
}

void distances_unlimited(benchmark::State& state) {
  measure<std::int32_t>(
      state,
      [](DistanceMap& distances, const Labels& labels, std::vector<std::int32_t>& map) {
        distances.squares(labels.map, labels.sources, map);
      },
      [](std::int64_t square) { return square; });
}

void distances_within_32(benchmark::State& state) {
  measure<std::uint16_t>(
      state,
      [](DistanceMap& distances, const Labels& labels, std::vector<std::uint16_t>& map) {
        distances.squares(labels.map, labels.sources, kWithin32, map);
      },
      [](std::int64_t square) { return std::min<std::int64_t>(square, kWithin32); });
}

void distances_in_eighths(benchmark::State& state) {
  measure<std::uint8_t>(
      state,
      [](DistanceMap& distances, const Labels& labels, std::vector<std::uint8_t>& map) {
        distances.eighths(labels.map, labels.sources, map);
      },
      [](std::int64_t square) { return std::min(255L, std::lround(8 * std::sqrt(static_cast<double>(square)))); });
}

void whole_and_crop(benchmark::internal::Benchmark* each) {
  each->ArgNames({"height", "width"})->Unit(benchmark::kMillisecond);
  if (are_given())
    each->Args({0, 0});
  else
    each->Args({1024, 2048})->Args({512, 1024});
}
BENCHMARK(distances_unlimited)->Apply(whole_and_crop);
BENCHMARK(distances_within_32)->Apply(whole_and_crop);
BENCHMARK(distances_in_eighths)->Apply(whole_and_crop);

}  // namespace
}  // namespace seg
