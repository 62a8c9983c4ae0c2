// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/region_weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace seg::kernels {
namespace {

using Shares = std::vector<double>;

TEST(RegionWeights, SharesAreOfTheClassesThatAreThereByTheirWeights) {
  EXPECT_EQ(region_shares({}, std::vector<std::int64_t>{5, 0, 1}), Shares({0.5, 0, 0.5}));
  EXPECT_EQ(region_shares({.class_weights = {3, 9, 1}}, std::vector<std::int64_t>{5, 0, 1}), Shares({0.75, 0, 0.25}));
  EXPECT_EQ(region_shares({.class_weights = {0, 9, 0}}, std::vector<std::int64_t>{5, 0, 1}), Shares({0, 0, 0}));
  EXPECT_EQ(region_shares({}, std::vector<std::int64_t>{0, 0}), Shares({0, 0}));
}

struct Pixel {
  std::int64_t bin;
  bool is_of_class;
};

std::vector<Pixel> random_pixels(std::size_t count, std::int64_t num_bins) {
  std::mt19937 random(5);
  std::vector<Pixel> pixels;
  for (std::size_t i = 0; i < count; ++i)
    pixels.push_back({std::uniform_int_distribution<std::int64_t>(0, num_bins - 1)(random) * (kErrorBins / num_bins),
                      std::bernoulli_distribution(0.3)(random)});
  return pixels;
}

// 1 - IoU of the class once the first `count` pixels are wrong.
double lost(const std::vector<Pixel>& pixels, std::size_t count) {
  const auto is_of_class = [](const Pixel& pixel) { return pixel.is_of_class; };
  const auto end = pixels.begin() + static_cast<std::ptrdiff_t>(count);
  const auto all = static_cast<double>(std::ranges::count_if(pixels, is_of_class));
  const auto wrong = static_cast<double>(std::count_if(pixels.begin(), end, is_of_class));
  return 1 - (all - wrong) / (all + static_cast<double>(count) - wrong);
}

TEST(RegionWeights, LovaszIsTheSumOverErrorsInFallingOrder) {
  for (const std::int64_t num_bins : {8, 64, 4096}) {
    std::vector<Pixel> pixels = random_pixels(200, num_bins);
    std::ranges::sort(pixels, [](const Pixel& a, const Pixel& b) {
      return a.bin != b.bin ? a.bin > b.bin : a.is_of_class && !b.is_of_class;
    });
    std::vector<std::int32_t> counts(2 * kErrorBins);
    for (const Pixel& pixel : pixels)
      ++counts[static_cast<std::size_t>(pixel.bin + (pixel.is_of_class ? kErrorBins : 0))];
    const std::span<const std::int32_t> all(counts);
    std::vector<float> slopes(counts.size());
    const auto bins = static_cast<std::size_t>(kErrorBins);
    const double value = lovasz_slopes({.of_class = all.subspan(bins), .of_others = all.first(bins)}, 2.0, slopes);

    double expected = 0;
    std::vector<double> sums(counts.size());  // of what the pixels of a bin add, which they share
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      const double added = lost(pixels, i + 1) - lost(pixels, i);
      expected += added * (static_cast<double>(pixels[i].bin) + 0.5) / static_cast<double>(kErrorBins);
      sums[static_cast<std::size_t>(pixels[i].bin + (pixels[i].is_of_class ? kErrorBins : 0))] += added;
    }
    EXPECT_NEAR(value, expected, 1e-12);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] == 0) continue;
      const double share = sums[i] / counts[i] * (i >= bins ? -2 : 2);
      EXPECT_NEAR(slopes[i], share, 1e-7) << i;
    }
  }
}

TEST(RegionWeights, AClassWithoutAPixelHasFiniteSlopes) {
  const std::vector<std::int32_t> counts(static_cast<std::size_t>(kErrorBins));
  std::vector<float> slopes(2 * counts.size());
  EXPECT_EQ(lovasz_slopes({.of_class = counts, .of_others = counts}, 1.0, slopes), 0.0);
  EXPECT_TRUE(std::ranges::all_of(slopes, [](float slope) { return slope == 0.0F; }));
}

}  // namespace
}  // namespace seg::kernels
