// SPDX-License-Identifier: Apache-2.0
#include "evaluation/view_merge.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace seg {
namespace {

// Each pixel has a value of its own: what is read is what is there.
AxisTaps exactly(std::int64_t extent) {
  return axis_taps({.result = extent, .scaled = extent, .window = {0, extent}, .padded = extent, .values = extent});
}

ViewsOfScale whole(const at::Tensor& values) {
  return {.rows = {exactly(values.size(0))}, .columns = {exactly(values.size(1))}, .views = {{.values = values}}};
}

// Of two classes the surer view decides, whichever it is: probabilities count, not logits.
TEST(ViewMerge, ScalesCountAlikeByTheirProbabilities) {
  const auto view = [](float first, float second) { return whole(at::tensor({first, second}).view({1, 1, 2})); };
  const auto chosen = [](const std::vector<ViewsOfScale>& scales) {
    return merged_classes(scales, {.num_classes = 2, .height = 1, .width = 1}, MirrorRule::mean_probability)
        .item<int>();
  };
  EXPECT_EQ(chosen({view(2, 0), view(0, 1)}), 0);
  EXPECT_EQ(chosen({view(1, 0), view(0, 2)}), 1);
  // Logits of 100 and 3 are both nearly certain: the third view decides.
  EXPECT_EQ(chosen({view(100, 0), view(0, 8), view(0, 0.5F)}), 1);
  EXPECT_EQ(chosen({view(0, 0), view(1, 1)}), 0);  // of equal ones the first
}

TEST(ViewMerge, MirrorImagesCountAsAMeanOrAsAnExponential) {
  ViewsOfScale pair = whole(at::tensor({3.0F, 0.0F}).view({1, 1, 2}));
  pair.views[0].mirrored = at::tensor({3.0F, 0.0F}).view({1, 1, 2});
  pair.mirrored_columns = pair.columns;
  ViewsOfScale other = whole(at::tensor({0.0F, 0.5F}).view({1, 1, 2}));
  other.views[0].mirrored = at::tensor({0.0F, 0.5F}).view({1, 1, 2});
  other.mirrored_columns = other.columns;
  const std::vector<ViewsOfScale> scales = {pair, other, other, other, other};
  const MergedSize size{.num_classes = 2, .height = 1, .width = 1};
  EXPECT_EQ(merged_classes(scales, size, MirrorRule::mean_probability).item<int>(), 1);    // 0.45 against 4 * 0.12
  EXPECT_EQ(merged_classes(scales, size, MirrorRule::exp_of_probability).item<int>(), 0);  // 5.6 against 4 * 1.35
}

TEST(ViewMerge, HasTheSameResultOnAnyNumberOfThreadsAndAcrossBlocks) {
  const at::Tensor values = at::randn({37, 300, 5});
  const MergedSize size{.num_classes = 5, .height = 37, .width = 300};
  const std::vector<ViewsOfScale> scales = {whole(values)};
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor alone = merged_classes(scales, size, MirrorRule::mean_probability);
  at::set_num_threads(3);
  const at::Tensor together = merged_classes(scales, size, MirrorRule::mean_probability);
  at::set_num_threads(before);
  EXPECT_TRUE(alone.equal(together));
  EXPECT_TRUE(alone.equal(at::argmax(values, 2).to(at::kByte)));
}

}  // namespace
}  // namespace seg
