// SPDX-License-Identifier: Apache-2.0
#include "evaluation/view_merge.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <gtest/gtest.h>

#include <utility>

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

// Two windows of two pixels that share the middle one of three.
TEST(ViewMerge, WindowsThatOverlapCountAsTheirMeanOrAsTheirSum) {
  const auto columns = [](std::int64_t begin) {
    return axis_taps({.result = 3, .scaled = 3, .align_corners = true, .window = {begin, 2}, .padded = 2, .values = 2});
  };
  const at::Tensor first = at::tensor({0.0F, 0.0F, 1.0F, 0.0F}).view({1, 2, 2});
  ViewsOfScale overlapping{.rows = {exactly(1)},
                           .columns = {columns(0), columns(1)},
                           .views = {{.values = first}, {.values = first.flip({1}).contiguous()}}};  // 0.73, twice
  const at::Tensor against = at::tensor({0.0F, 0.0F, 0.0F, 1.6F, 0.0F, 0.0F}).view({1, 3, 2});  // 0.83 for the second
  const MergedSize size{.num_classes = 2, .height = 1, .width = 3};
  const auto middle = [&](OverlapRule rule) {
    overlapping.overlap = rule;
    const std::vector<ViewsOfScale> scales = {overlapping, whole(against)};
    return merged_classes(scales, size, MirrorRule::mean_probability)[0][1].item<int>();
  };
  EXPECT_EQ(middle(OverlapRule::mean), 1);  // 0.73 + 0.17 against 0.27 + 0.83
  EXPECT_EQ(middle(OverlapRule::sum), 0);   // 1.46 + 0.17 against 0.54 + 0.83
}

TEST(ViewMerge, AMapOfProbabilitiesIsInterpolatedAndNotItsLogits) {
  constexpr std::int64_t kClasses = 5;
  for (const auto& [height, width] : {std::pair<std::int64_t, std::int64_t>{37, 300}, {90, 700}, {11, 60}}) {
    const at::Tensor values = at::randn({height, width, kClasses});
    ViewsOfScale scale = whole(values);
    const auto along = [](std::int64_t from, std::int64_t to) {
      return axis_taps({.result = to,
                        .scaled = from,
                        .align_corners = true,
                        .window = {0, from},
                        .padded = from,
                        .values = from,
                        .rule = {.align_corners = true}});
    };
    scale.map =
        ProbabilityMap{.height = height, .width = width, .rows = along(height, 64), .columns = along(width, 530)};
    const at::Tensor expected = at::upsample_bilinear2d(at::softmax(values, 2).permute({2, 0, 1}).unsqueeze(0),
                                                        at::IntArrayRef{64, 530}, /*align_corners=*/true);
    const at::Tensor found =
        merged_classes(std::vector<ViewsOfScale>{scale}, {.num_classes = kClasses, .height = 64, .width = 530},
                       MirrorRule::mean_probability);
    const at::Tensor top = std::get<0>(at::topk(expected[0], 2, 0));
    const at::Tensor is_clear = at::sub(top[0], top[1]) > 1e-5;
    EXPECT_TRUE(at::argmax(expected[0], 0).to(at::kByte).masked_select(is_clear).equal(found.masked_select(is_clear)))
        << height;
  }
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
