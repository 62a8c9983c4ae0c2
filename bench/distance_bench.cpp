// SPDX-License-Identifier: Apache-2.0
// Distance maps of a synthetic street of 2048x1024 and of a crop of it, on one thread: to boundaries, and with a sign,
// of the commonest label. Each is first checked, at some pixels, by looking at every source from there.
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
#include "image/label_histogram.h"

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

std::int64_t nearest_square(const std::vector<Pixel>& pixels, std::int64_t y, std::int64_t x) {
  std::int64_t square = DistanceMap::kNowhere;
  for (const Pixel& there : pixels) {
    square = std::min(square, (there.y - y) * (there.y - y) + (there.x - x) * (there.x - x));
  }
  return square;
}

// Whether expected(y, x) stands in the map at as many pixels.
template <class Value, class Expected>
bool is_right(const Labels& labels, const std::vector<Value>& map, int count, const Expected& expected) {
  Random random(1, RandomStream::synthetic, 0);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t place = random.below(map.size());
    const auto pixel = static_cast<std::int64_t>(place);
    if (map[place] != expected(pixel / labels.map.width(), pixel % labels.map.width())) return false;
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

// make(distances, labels, map) makes the map; is_right(labels, map) says whether that is right.
template <class Value, class Make, class IsRight>
void measure(benchmark::State& state, const Make& make, const IsRight& is_right_map) {
  const Labels labels = labels_of_street(state.range(0), state.range(1));
  DistanceMap distances;
  std::vector<Value> map(labels.map.values().size());
  make(distances, labels, map);
  if (!is_right_map(labels, map)) return state.SkipWithError("a distance is not the one to the nearest source");
  write_map(map);
  for (auto _ : state) make(distances, labels, map);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(map.size()));  // pixels
}

// value_of(square) is what stands for a squared distance.
template <class Value, class Make, class ValueOf>
void measure_to_boundaries(benchmark::State& state, const Make& make, const ValueOf& value_of) {
  measure<Value>(state, make, [&](const Labels& labels, const std::vector<Value>& map) {
    const std::vector<Pixel> boundary = boundary_of(labels);
    return is_right(labels, map, 300,
                    [&](std::int64_t y, std::int64_t x) { return value_of(nearest_square(boundary, y, x)); });
  });
}

void distances_unlimited(benchmark::State& state) {
  measure_to_boundaries<std::int32_t>(
      state,
      [](DistanceMap& distances, const Labels& labels, std::vector<std::int32_t>& map) {
        distances.squares(labels.map, labels.sources, map);
      },
      [](std::int64_t square) { return square; });
}

void distances_within_32(benchmark::State& state) {
  measure_to_boundaries<std::uint16_t>(
      state,
      [](DistanceMap& distances, const Labels& labels, std::vector<std::uint16_t>& map) {
        distances.squares(labels.map, labels.sources, kWithin32, map);
      },
      [](std::int64_t square) { return std::min<std::int64_t>(square, kWithin32); });
}

void distances_in_eighths(benchmark::State& state) {
  measure_to_boundaries<std::uint8_t>(
      state,
      [](DistanceMap& distances, const Labels& labels, std::vector<std::uint8_t>& map) {
        distances.eighths(labels.map, labels.sources, map);
      },
      [](std::int64_t square) { return std::min(255L, std::lround(8 * std::sqrt(static_cast<double>(square)))); });
}

std::uint8_t commonest_label(const Labels& labels) {
  LabelHistogram counts = histogram_of(labels.map);
  counts[labels.sources.ignored] = 0;
  return static_cast<std::uint8_t>(std::ranges::max_element(counts) - counts.begin());
}

void distances_signed(benchmark::State& state) {
  measure<std::int32_t>(
      state,
      [](DistanceMap& distances, const Labels& labels, std::vector<std::int32_t>& map) {
        distances.signed_squares(labels.map, commonest_label(labels), labels.sources.ignored, map);
      },
      [](const Labels& labels, const std::vector<std::int32_t>& map) {
        const std::uint8_t label = commonest_label(labels);
        std::vector<Pixel> inside, others;
        for (std::int64_t i = 0; i < static_cast<std::int64_t>(map.size()); ++i) {
          const std::uint8_t found = labels.map.values()[static_cast<std::size_t>(i)];
          const Pixel pixel{i / labels.map.width(), i % labels.map.width()};
          if (found == label)
            inside.push_back(pixel);
          else if (found != labels.sources.ignored)
            others.push_back(pixel);
        }
        return is_right(labels, map, 30, [&](std::int64_t y, std::int64_t x) {
          const std::int64_t outwards = nearest_square(inside, y, x);
          return outwards > 0 ? outwards : -nearest_square(others, y, x);
        });
      });
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
BENCHMARK(distances_signed)->Apply(whole_and_crop);

}  // namespace
}  // namespace seg
