// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/pixel_selection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace seg::kernels {
namespace {

template <class T>
void expect_top_as_by_sorting(const std::vector<T>& losses, std::int64_t kept) {
  std::vector<T> sorted;
  std::copy_if(losses.begin(), losses.end(), std::back_inserter(sorted), [](T loss) { return loss >= 0; });
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  const T smallest = sorted.at(static_cast<std::size_t>(kept - 1));
  const TopLosses<T> top = top_losses<T>(losses, kept);
  EXPECT_EQ(top.smallest, smallest);
  EXPECT_EQ(top.above, std::count_if(sorted.begin(), sorted.end(), [&](T loss) { return loss > smallest; }));
  EXPECT_EQ(top.equal, std::count(sorted.begin(), sorted.end(), smallest));
  double sum = 0;
  for (const T loss : sorted) sum += loss > smallest ? static_cast<double>(loss) : 0.0;
  EXPECT_NEAR(top.sum_above, sum, 1e-9 * (1 + sum));
}

template <class T>
void expect_top_of_random_losses() {
  std::mt19937 random(1);
  std::exponential_distribution<T> draw(1);
  for (const std::size_t count : {std::size_t{1}, std::size_t{50}, std::size_t{300000}}) {
    std::vector<T> losses(count);
    for (T& loss : losses) loss = draw(random);
    for (std::size_t i = 3; i < count; i += 7) losses[i] = -1;        // ignored
    for (std::size_t i = 5; i < count; i += 11) losses[i] = T{0.25};  // ties
    const auto valid = std::count_if(losses.begin(), losses.end(), [](T loss) { return loss >= 0; });
    for (const std::int64_t kept : {std::int64_t{1}, valid / 16, valid / 2, valid})
      if (kept > 0) expect_top_as_by_sorting(losses, kept);
  }
}

TEST(PixelSelection, FindsTheTopLossesAsSortingDoes) {
  expect_top_of_random_losses<float>();
  expect_top_of_random_losses<double>();
}

TEST(PixelSelection, ZerosAndEqualNumbersAreNoSpecialCase) {
  expect_top_as_by_sorting<float>({0, 0, 0, -1, 0}, 2);
  expect_top_as_by_sorting<float>({2, 2, 2, 2}, 3);
  expect_top_as_by_sorting<double>({0, 5e-324, 0, 1}, 2);
}

RowStatistics statistics(const std::vector<float>& losses, float threshold) {
  RowStatistics row;
  for (const float loss : losses) {
    if (loss < 0) continue;
    ++row.valid;
    if (loss <= threshold) continue;
    ++row.hard;
    row.hard_sum += static_cast<double>(loss);
  }
  return row;
}

PixelSelection<float> selection(const LossOptions& options, const std::vector<float>& losses) {
  return select_pixels<float>(options, losses, statistics(losses, selection_threshold<float>(options)));
}

TEST(PixelSelection, HardPixelsCountAlikeAndOthersNot) {
  const PixelSelection<float> s = selection({}, {1, 0.1F, 3, -1, 0.2F});
  EXPECT_DOUBLE_EQ(s.value, 2.0);
  EXPECT_EQ(s.weight(1), 0.5F);
  EXPECT_EQ(s.weight(0.2F), 0.0F);
  EXPECT_EQ(s.weight(-1), 0.0F);
}

TEST(PixelSelection, WithTooFewHardPixelsTheLargestCount) {
  const PixelSelection<float> s = selection({.ohem_min_kept = 0.5}, {0.1F, 0.2F, 0.3F, 0.05F});
  EXPECT_NEAR(s.value, 0.25, 1e-7);
  EXPECT_EQ(s.weight(0.3F), 0.5F);
  EXPECT_EQ(s.weight(0.2F), 0.5F);
  EXPECT_EQ(s.weight(0.1F), 0.0F);
}

TEST(PixelSelection, TheShareIsRoundedDown) {
  const std::vector<float> losses(31, 0.1F);  // 31 / 16 is 1
  EXPECT_NEAR(selection({}, losses).weight(0.1F), 1.0 / 31, 1e-7);
}

TEST(PixelSelection, CrossEntropyCountsEveryValidPixel) {
  const PixelSelection<float> s = selection({.kind = LossKind::cross_entropy}, {1, 0, -1, 2});
  EXPECT_DOUBLE_EQ(s.value, 1.0);
  EXPECT_FLOAT_EQ(s.weight(0), 1.0F / 3);
  EXPECT_EQ(s.weight(-1), 0.0F);
}

TEST(PixelSelection, NothingValidIsZero) {
  const PixelSelection<float> s = selection({}, {-1, -1});
  EXPECT_EQ(s.value, 0.0);
  EXPECT_EQ(s.weight(-1), 0.0F);
}

TEST(PixelSelection, NaNShows) {
  EXPECT_TRUE(std::isnan(selection({}, {1, NAN, 2}).value));
  EXPECT_TRUE(std::isnan(selection({.ohem_min_kept = 1.0}, {0.1F, NAN, 0.2F, 0.3F}).value));
}

}  // namespace
}  // namespace seg::kernels
