// SPDX-License-Identifier: Apache-2.0
#include "evaluation/scale_merge.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace seg {
namespace {

constexpr PixelExtent kResult{33, 300};
constexpr std::int64_t kClasses = 5;

AxisTaps taps(std::int64_t result, std::int64_t values) {
  return axis_taps({.result = result, .scaled = result, .window = {0, result}, .padded = result, .values = values});
}

ViewsOfScale scale_of(std::int64_t height, std::int64_t width) {
  return {.rows = {taps(kResult.height, height)},
          .columns = {taps(kResult.width, width)},
          .mirrored_columns = {taps(kResult.width, width)},
          .views = {{.values = at::rand({height, width, kClasses}, at::kFloat),
                     .mirrored = at::rand({height, width, kClasses}, at::kFloat)}}};
}

TEST(ScaleMerge, GivesTheClassesOfAllScalesTogetherWhateverIsHeld) {
  // The third is as large as the result, so that with the others it becomes sums; the last two are held.
  const std::vector<ViewsOfScale> scales = {scale_of(9, 75), scale_of(17, 150), scale_of(33, 300), scale_of(9, 75),
                                            scale_of(5, 40)};
  for (const MirrorRule rule : {MirrorRule::mean_probability, MirrorRule::exp_of_probability}) {
    ScaleMerge merge(kResult, rule);
    for (const ViewsOfScale& scale : scales) {
      merge.make_room();
      merge.add(scale);
    }
    const MergedSize size{.num_classes = kClasses, .height = kResult.height, .width = kResult.width};
    EXPECT_TRUE(at::equal(merge.classes(), merged_classes(scales, size, rule)));
  }
}

TEST(ScaleMerge, HoldsWhatIsLess) {
  ViewsOfScale scale = scale_of(33, 300);
  const at::Tensor values = scale.views.front().values;
  ScaleMerge merge(kResult, MirrorRule::mean_probability);
  merge.make_room();
  merge.add(std::move(scale));
  EXPECT_EQ(values.use_count(), 2U);
  merge.make_room();
  EXPECT_EQ(values.use_count(), 1U);  // they are twice as many as sums, with those of the mirror image
  ViewsOfScale small = scale_of(16, 150);
  const at::Tensor kept = small.views.front().values;
  merge.add(std::move(small));
  merge.make_room();
  EXPECT_EQ(kept.use_count(), 2U);
}

TEST(ScaleMerge, SumsAreANumberForEachClassAndPixel) {
  EXPECT_EQ(bytes_of_sums({.num_classes = 19, .height = 1024, .width = 2048}), 159'383'552);
}

}  // namespace
}  // namespace seg
