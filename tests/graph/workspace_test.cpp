// SPDX-License-Identifier: Apache-2.0
// The numbers are held against the engine's arena in tests/engine/workspace_in_arena_test.cpp.
#include "graph/workspace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "graph/builder.h"
#include "graph/memory_plan.h"
#include "graph/pass_catalogue.h"
#include "graph/passes.h"
#include "graph/point_rend.h"

namespace seg {
namespace {

constexpr InputSize kSize{.images = 2, .height = 64, .width = 64};
// Bytes of a row of logits of one_head(): four classes, four groups of columns and one more.
constexpr std::int64_t kLossRow = 4 * 4 * 80;

Graph one_head(bool by_winograd) {
  GraphBuilder g;
  const Value x = g.convolution("wide", g.input("image", {.channels = 16}), {.out_channels = 128});
  g.output("logits", g.convolution("head", x, {.out_channels = 4}), {.upsample = {.factor = 1}});
  return with_passes(with_losses(g.build(), {}), choose_passes({{by_winograd ? "auto" : "none"}}, {}));
}

std::int64_t largest(const Graph& graph, std::int64_t threads, const NumberBytes& bytes = {}) {
  return std::ranges::max(workspace_bytes(graph, differentiate(graph), kSize, bytes, threads));
}

TEST(Workspace, EachStepHasItsOwn) {
  const Graph graph = one_head(true);
  const Plan plan = differentiate(graph);
  const std::vector<std::int64_t> bytes = workspace_bytes(graph, plan, kSize, {}, 1);
  ASSERT_EQ(bytes.size(), plan.forward.size() + plan.backward.size());
  EXPECT_GT(std::ranges::count(bytes, 0), 0);
  const std::int64_t pixels = 2 * 64 * 64;
  const std::int64_t copy = 2 * 64 * kLossRow;
  EXPECT_EQ(std::ranges::count(bytes, copy + 4 * kLossRow + 9 * pixels), 1) << "the loss";
}

// The tables of a loss of regions, and a number a pixel more for the focal loss.
TEST(Workspace, LossesDifferByWhatTheyKeep) {
  const auto bytes_of = [](LossKind kind, double smoothing = 0) {
    GraphBuilder g;
    g.output("logits", g.convolution("head", g.input("image", {.channels = 16}), {.out_channels = 4}),
             {.upsample = {.factor = 1}});
    const Graph graph = with_losses(g.build(), {.kind = kind, .label_smoothing = smoothing});
    const Plan plan = differentiate(graph);
    for (std::size_t i = 0; i < plan.forward.size(); ++i)
      if (plan.forward[i].node >= 0 && graph.nodes[static_cast<std::size_t>(plan.forward[i].node)].op == Op::loss)
        return workspace_bytes(graph, plan, kSize, {}, 2)[i];
    return std::int64_t{0};
  };
  const std::int64_t pixels = 2 * 64 * 64, plain = bytes_of(LossKind::cross_entropy);
  EXPECT_EQ(bytes_of(LossKind::focal), plain + 4 * pixels);
  EXPECT_EQ(bytes_of(LossKind::focal, 0.1), plain + 8 * pixels);
  EXPECT_EQ(bytes_of(LossKind::dice), plain);
  EXPECT_EQ(bytes_of(LossKind::lovasz), plain + (4 + 2) * 4 * 65'536) << "classes and threads";
}

// Where points lie, and in half precision an image's sums in full precision on the way back.
TEST(Workspace, SamplingAtPointsKeepsPlacesAndTheSumsOfHalfPrecision) {
  GraphBuilder g;
  const Value map = g.convolution("fine", g.input("image", {.channels = 16}), {.out_channels = 6});
  const Value points = g.input("points", {.layout = InputLayout::points});
  g.output("logits", map, {.upsample = {.factor = 1}});
  g.output("points", g.point_sample(map, points), {.role = OutputRole::points});
  const Graph network = g.build();
  const Graph graph = with_compute_casts(with_point_loss(with_losses(network, {}), network, {.has_given = true}));
  const Plan plan = differentiate(graph);
  constexpr std::int64_t kPoints = 50;
  const auto bytes_of = [&](StepKind kind, const NumberBytes& numbers, std::int64_t threads) {
    const auto bytes =
        workspace_bytes(graph, plan, {.images = 2, .height = 64, .width = 64, .points = kPoints}, numbers, threads);
    std::vector<Step> steps = plan.forward;
    steps.insert(steps.end(), plan.backward.begin(), plan.backward.end());
    for (std::size_t i = 0; i < steps.size(); ++i)
      if (steps[i].kind == kind && graph.nodes[static_cast<std::size_t>(steps[i].node)].op == Op::point_sample)
        return bytes[i];
    return std::int64_t{-1};
  };
  const std::int64_t places = 32 * 2 * kPoints, sums = 4 * 6 * 64 * 64;
  const NumberBytes half{.full = 4, .compute = 2};
  EXPECT_EQ(bytes_of(StepKind::forward, half, 4), places);
  EXPECT_EQ(bytes_of(StepKind::vjp, {}, 4), places);
  EXPECT_EQ(bytes_of(StepKind::vjp, half, 1), places + sums);
  EXPECT_EQ(bytes_of(StepKind::vjp, half, 4), places + 2 * sums) << "an image is of one thread";
}

TEST(Workspace, WinogradsGrowsWithThreadsAndTheLibrarysDoesNot) {
  EXPECT_GT(largest(one_head(true), 8), largest(one_head(true), 1) + 1'000'000);
  EXPECT_EQ(largest(one_head(false), 8), largest(one_head(false), 1) + 7 * 4 * kLossRow) << "that of the loss";
}

TEST(Workspace, InHalfPrecisionTheLibrarysConvolutionsAreCounted) {
  const NumberBytes half{.full = 4, .compute = 2};
  const Graph graph = with_compute_casts(one_head(false));
  const Plan plan = differentiate(graph);
  const std::vector<std::int64_t> bytes = workspace_bytes(graph, plan, kSize, half, 1);
  const std::int64_t weight = 2 * 9 * 16 * 128, gradient = 2 * 2 * 128 * 64 * 64;
  EXPECT_EQ(std::ranges::count(bytes, 2 * weight + gradient), 1);
}

TEST(Workspace, ComesOnTopOfWhatAStepHolds) {
  const Graph graph = one_head(true);
  const Plan plan = differentiate(graph);
  const std::vector<std::int64_t> bytes = workspace_bytes(graph, plan, kSize, {}, 4);
  const MemoryPlan without = plan_memory(graph, plan, kSize, {}), with = plan_memory(graph, plan, kSize, {}, bytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) EXPECT_EQ(with.live_bytes[i], without.live_bytes[i] + bytes[i]);
  EXPECT_EQ(with.peak_bytes, std::ranges::max(with.live_bytes));
  EXPECT_EQ(with.live_bytes.at(with.peak_step), with.peak_bytes);
  EXPECT_GT(with.peak_bytes, without.peak_bytes);
}

}  // namespace
}  // namespace seg
