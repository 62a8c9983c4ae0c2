// SPDX-License-Identifier: Apache-2.0
// What a training step of both networks takes of the arena, counted there, beside what was foretold: the plan's values
// and what kernels take beside them.
#include <ATen/ops/randint.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/device.h"
#include "engine/memory.h"
#include "engine/network.h"
#include "graph/memory_plan.h"
#include "graph/pass_catalogue.h"
#include "graph/passes.h"
#include "graph/point_rend.h"
#include "graph/workspace.h"
#include "models/model.h"

namespace seg {
namespace {

struct StepCase {
  const char* model;
  bool is_bf16;
  InputSize size;
  bool uses_distances = false;
  bool has_point_head = false;
  LossKind loss = LossKind::ohem;
};

Graph training_graph(const StepCase& c) {
  const Graph network = find_model(c.model).build(
      {.num_classes = 19, .distance_head = c.uses_distances, .point_head = PointPadding::border});
  const Normalization normalization{.mean = {0.3, 0.4, 0.3}, .deviation = {0.2, 0.2, 0.2}};
  Graph with_loss = with_losses(network, {.kind = c.loss}, LossOptions{.kind = LossKind::distance});
  if (c.has_point_head) with_loss = with_point_loss(with_loss, network, {.chosen = ChoosePointsOptions{}});
  const Graph graph = with_passes(
      with_normalization(c.uses_distances ? with_boundary_weights(with_loss, {.weight = 4}) : with_loss, normalization),
      choose_passes({{"auto"}}, {.is_half = c.is_bf16}));
  return c.is_bf16 ? with_compute_casts(graph) : graph;
}

void expect_as_foretold(const StepCase& c) {
  SCOPED_TRACE(std::string(c.model) + (c.is_bf16 ? " bf16 " : " fp32 ") + std::to_string(c.size.images));
  const Graph graph = training_graph(c);
  ParameterStore store(graph);
  Network network(graph, store, {.compute = c.is_bf16 ? at::kBFloat16 : at::kFloat});
  const auto bytes = at::TensorOptions(at::kByte);
  const NamedTensors inputs{{"image", at::randint(256, {c.size.images, c.size.height, c.size.width, 3}, bytes)},
                            {"labels", at::randint(19, {c.size.images, c.size.height, c.size.width}, bytes)},
                            {"distances", at::randint(256, {c.size.images, c.size.height, c.size.width}, bytes)}};
  const std::vector<std::uint64_t> samples(static_cast<std::size_t>(c.size.images));
  const auto run = [&] {
    store.begin_step();
    (void)network.forward_backward(inputs, {.sample_numbers = samples});
    store.end_step();
  };
  run();  // what libraries keep after their first use is not the step's
  Arena& arena = *installed_arena();
  arena.reset_peak();
  const std::size_t before = arena.statistics().in_use;
  run();
  const auto taken = static_cast<double>(arena.statistics().peak_in_use - before);

  const NumberBytes numbers{.full = 4, .compute = c.is_bf16 ? 2 : 4};
  const Plan plan = differentiate(graph);
  const auto workspace = workspace_bytes(graph, plan, c.size, numbers, compute_threads());
  EXPECT_NEAR(static_cast<double>(plan_memory(graph, plan, c.size, numbers, workspace).peak_bytes), taken,
              0.07 * taken);
}

TEST(WorkspaceInArena, AStepTakesWhatWasForetoldForBothNetworksAndPrecisions) {
  if (!install_arena({.reserve = std::size_t{4} << 30})) GTEST_SKIP() << "built with a sanitizer";
  for (const char* model : {"bisenetv1", "bisenetv2"}) {
    for (const bool is_bf16 : {false, true}) {
      expect_as_foretold({model, is_bf16, {.images = 2, .height = 128, .width = 256}});
      expect_as_foretold({model, is_bf16, {.images = 1, .height = 256, .width = 320}});
      expect_as_foretold({model, is_bf16, {.images = 2, .height = 128, .width = 256}, /*uses_distances=*/true});
      expect_as_foretold({.model = model,
                          .is_bf16 = is_bf16,
                          .size = {.images = 2, .height = 128, .width = 256},
                          .has_point_head = true});
    }
    for (const LossKind loss : {LossKind::focal, LossKind::dice, LossKind::lovasz})
      expect_as_foretold({model, false, {.images = 2, .height = 128, .width = 256}, false, false, loss});
  }
}

}  // namespace
}  // namespace seg
