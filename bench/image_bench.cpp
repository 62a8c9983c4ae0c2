// SPDX-License-Identifier: Apache-2.0
// What a loader's worker spends its time on: resampling of a crop, colour jitter.
// Each first checks its result against a plain computation.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/random.h"
#include "image/color_jitter.h"
#include "image/image.h"
#include "image/resample.h"

namespace seg {
namespace {

// Gradients with some noise: it compresses about as well as a photograph.
Image scene(std::int64_t height, std::int64_t width) {
  Image image({.height = height, .width = width, .channels = 3});
  Random random(1, RandomStream::synthetic, 0);
  for (std::int64_t y = 0; y < height; ++y) {
    const auto row = image.row<std::uint8_t>(y);
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = static_cast<std::uint8_t>(40 + (static_cast<std::int64_t>(i) + 2 * y) / 16 % 160 + random.below(12));
    }
  }
  return image;
}

void count_images(benchmark::State& state, std::int64_t bytes) {
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * bytes);
}

// One pixel of the crop by the textbook.
double bilinear(const Image& image, double y, double x, std::int64_t channel) {
  const auto clamp = [](double value, std::int64_t size) {
    return std::clamp<double>(value, 0, static_cast<double>(size - 1));
  };
  y = clamp(y, image.height()), x = clamp(x, image.width());
  const auto top = static_cast<std::int64_t>(y), left = static_cast<std::int64_t>(x);
  const auto at = [&](std::int64_t row, std::int64_t column) {
    row = std::min(row, image.height() - 1), column = std::min(column, image.width() - 1);
    return static_cast<double>(image.row<std::uint8_t>(row)[static_cast<std::size_t>(column * 3 + channel)]);
  };
  const double down = y - static_cast<double>(top), right = x - static_cast<double>(left);
  return (1 - down) * ((1 - right) * at(top, left) + right * at(top, left + 1)) +
         down * ((1 - right) * at(top + 1, left) + right * at(top + 1, left + 1));
}

Image part(const Image& image, const Window& window) {
  Image result({.height = window.height, .width = window.width, .channels = image.channels()});
  for (std::int64_t y = 0; y < window.height; ++y) {
    const auto row = image.row<std::uint8_t>(window.top + y);
    std::ranges::copy(
        row.subspan(static_cast<std::size_t>(window.left * 3), static_cast<std::size_t>(window.width * 3)),
        result.row<std::uint8_t>(y).begin());
  }
  return result;
}

void resample_crop(benchmark::State& state) {
  const double scale = static_cast<double>(state.range(0)) / 100;
  const Image image = scene(1024, 2048);
  const CropGeometry geometry{.source_height = 1024,
                              .source_width = 2048,
                              .scaled_height = std::llround(1024 * scale),
                              .scaled_width = std::llround(2048 * scale),
                              .height = 512,
                              .width = 1024};
  Resampler resampler;
  resampler.prepare(geometry, 3);
  const Image source = part(image, resampler.source());
  std::vector<std::uint8_t> crop(static_cast<std::size_t>(geometry.height * geometry.width * 3));
  resampler.image_rows(source, 0, geometry.height, std::span<std::uint8_t>(crop), 0);
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(crop.size()); i += 1009) {
    const double y = static_cast<double>(i / 3 / geometry.width), x = static_cast<double>(i / 3 % geometry.width);
    const double expected = bilinear(image, (y + 0.5) / scale - 0.5, (x + 0.5) / scale - 0.5, i % 3);
    if (std::abs(expected - crop[static_cast<std::size_t>(i)]) > 0.6) {
      return state.SkipWithError("the crop differs from textbook bilinear");
    }
  }
  for (auto _ : state) {
    resampler.prepare(geometry, 3);
    resampler.image_rows(source, 0, geometry.height, std::span<std::uint8_t>(crop), 0);
  }
  count_images(state, static_cast<std::int64_t>(crop.size()));
}
BENCHMARK(resample_crop)->ArgName("percent")->Arg(50)->Arg(100)->Arg(200)->Unit(benchmark::kMillisecond);

void jitter_colors(benchmark::State& state) {
  const Image image = scene(512, 1024);
  ColorJitter jitter({74, 74, 74}, Rounding::nearest);
  const JitterFactors factors{
      .brightness = jitter_factor(1.2), .contrast = jitter_factor(0.8), .saturation = jitter_factor(1.3)};
  Image changed = image;
  const auto pixels = [](Image& of) {
    return std::span(reinterpret_cast<std::uint8_t*>(of.bytes().data()), of.bytes().size());
  };
  jitter.prepare(factors);
  jitter.apply(pixels(changed));
  for (std::size_t i = 0; i < 3 * 1024; i += 3) {
    double value[3], mean = 0;
    for (std::size_t c = 0; c < 3; ++c) {
      const double bright = std::min(255.0, image.row<std::uint8_t>(0)[i + c] * 1.2);
      value[c] = 74 + (bright - 74) * 0.8;
      mean += value[c] / 3;
    }
    for (std::size_t c = 0; c < 3; ++c) {
      const double expected = std::clamp(mean + (value[c] - mean) * 1.3, 0.0, 255.0);
      if (std::abs(expected - changed.row<std::uint8_t>(0)[i + c]) > 2) {
        return state.SkipWithError("the colours differ from the formula");
      }
    }
  }
  for (auto _ : state) jitter.apply(pixels(changed));
  count_images(state, changed.layout().size_bytes());
}
BENCHMARK(jitter_colors)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seg
