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

void expect_top_as_by_sorting(const std::vector<float>& losses, std::int64_t kept) {
  std::vector<float> sorted;
  std::copy_if(losses.begin(), losses.end(), std::back_inserter(sorted), [](float loss) { return loss >= 0; });
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  const float smallest = sorted.at(static_cast<std::size_t>(kept - 1));
  const TopLosses top = top_losses(losses, kept);
  EXPECT_EQ(top.smallest, smallest);
  EXPECT_EQ(top.above, std::count_if(sorted.begin(), sorted.end(), [&](float loss) { return loss > smallest; }));
  EXPECT_EQ(top.equal, std::count(sorted.begin(), sorted.end(), smallest));
  double sum = 0;
  for (const float loss : sorted) sum += loss > smallest ? static_cast<double>(loss) : 0.0;
  EXPECT_NEAR(top.sum_above, sum, 1e-9 * (1 + sum));
}

TEST(PixelSelection, FindsTheTopLossesAsSortingDoes) {
  std::mt19937 random(1);
  std::exponential_distribution<float> draw(1);
  for (const std::size_t count : {std::size_t{1}, std::size_t{50}, std::size_t{300000}}) {
    std::vector<float> losses(count);
    for (float& loss : losses) loss = draw(random);
    for (std::size_t i = 3; i < count; i += 7) losses[i] = -1;      // ignored
    for (std::size_t i = 5; i < count; i += 11) losses[i] = 0.25F;  // ties
    const auto valid = std::count_if(losses.begin(), losses.end(), [](float loss) { return loss >= 0; });
    for (const std::int64_t kept : {std::int64_t{1}, valid / 16, valid / 2, valid})
      if (kept > 0) expect_top_as_by_sorting(losses, kept);
  }
}

TEST(PixelSelection, ZerosAndEqualNumbersAreNoSpecialCase) {
  expect_top_as_by_sorting({0, 0, 0, -1, 0}, 2);
  expect_top_as_by_sorting({2, 2, 2, 2}, 3);
  expect_top_as_by_sorting({0, 1e-45F, 0, 1}, 2);
  expect_top_as_by_sorting({1, 1.0000001F, 1.0000002F, 0.9999999F, 1.001F}, 3);  // alike but for their last bits
}

LossStatistics statistics(const std::vector<float>& losses, float threshold) {
  LossStatistics row;
  for (const float loss : losses) {
    if (loss < 0) continue;
    ++row.valid;
    if (loss <= threshold) continue;
    ++row.hard;
    row.hard_sum += static_cast<double>(loss);
  }
  return row;
}

PixelSelection selection(const LossOptions& options, const std::vector<float>& losses) {
  return select_pixels(options, losses, statistics(losses, selection_threshold(options)));
}

double mean(const PixelSelection& s) { return s.sum / s.count; }

TEST(PixelSelection, HardPixelsCountAlikeAndOthersNot) {
  const PixelSelection s = selection({}, {1, 0.1F, 3, -1, 0.2F});
  EXPECT_DOUBLE_EQ(mean(s), 2.0);
  EXPECT_EQ(s.count, 2);
  EXPECT_EQ(s.share(1), 1.0F);
  EXPECT_EQ(s.share(0.2F), 0.0F);
  EXPECT_EQ(s.share(-1), 0.0F);
}

TEST(PixelSelection, WithTooFewHardPixelsTheLargestCount) {
  const PixelSelection s = selection({.ohem_min_kept = 0.5}, {0.1F, 0.2F, 0.3F, 0.05F});
  EXPECT_NEAR(mean(s), 0.25, 1e-7);
  EXPECT_EQ(s.share(0.3F), 1.0F);
  EXPECT_EQ(s.share(0.2F), 1.0F);
  EXPECT_EQ(s.share(0.1F), 0.0F);
}

TEST(PixelSelection, TiesShareWhatIsLeft) {
  const PixelSelection s = selection({.ohem_min_kept = 0.5}, {0.1F, 0.2F, 0.2F, 0.2F, 0.3F, 0.05F});  // 3 are kept
  EXPECT_EQ(s.count, 3);
  EXPECT_FLOAT_EQ(s.share(0.2F), 2.0F / 3);
  EXPECT_NEAR(mean(s), 0.7 / 3, 1e-7);
}

TEST(PixelSelection, TheShareIsRoundedDown) {
  const std::vector<float> losses(31, 0.1F);  // 31 / 16 is 1
  EXPECT_NEAR(selection({}, losses).share(0.1F), 1.0 / 31, 1e-7);
}

TEST(PixelSelection, CrossEntropyCountsEveryValidPixel) {
  const PixelSelection s = selection({.kind = LossKind::cross_entropy}, {1, 0, -1, 2});
  EXPECT_DOUBLE_EQ(mean(s), 1.0);
  EXPECT_EQ(s.share(0), 1.0F);
  EXPECT_EQ(s.share(-1), 0.0F);
}

TEST(PixelSelection, NothingValidCountsNothing) {
  const PixelSelection s = selection({}, {-1, -1});
  EXPECT_EQ(s.count, 0.0);
  EXPECT_EQ(s.sum, 0.0);
  EXPECT_EQ(s.share(-1), 0.0F);
}

TEST(PixelSelection, NaNShows) {
  EXPECT_TRUE(std::isnan(mean(selection({}, {1, NAN, 2}))));
  EXPECT_TRUE(std::isnan(mean(selection({.ohem_min_kept = 1.0}, {0.1F, NAN, 0.2F, 0.3F}))));
}

}  // namespace
}  // namespace seg::kernels
