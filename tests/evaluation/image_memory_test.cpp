// SPDX-License-Identifier: Apache-2.0
// What looking at images takes of the arena, counted there, beside what was foretold.
#include "evaluation/image_memory.h"

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "engine/device.h"
#include "engine/memory.h"
#include "engine/network.h"
#include "evaluation/single_scale.h"
#include "graph/pass_catalogue.h"
#include "graph/passes.h"
#include "graph/point_rend.h"
#include "models/model.h"

namespace seg {
namespace {

struct ImageCase {
  const char* model;
  bool is_bf16;
  bool resizes;
  std::int64_t images, height, width;
  bool refines = false;
};

Graph graph_for(const ImageCase& c) {
  const Normalization normalization{.mean = {0.3, 0.4, 0.3}, .deviation = {0.2, 0.2, 0.2}};
  const Graph whole = find_model(c.model).build({.num_classes = 19, .point_head = PointPadding::border});
  const Graph network = with_passes(for_inference(c.refines ? with_refinement(whole, {.steps = 2}) : whole),
                                    choose_passes({{"auto"}}, {.is_half = c.is_bf16}));
  const Graph graph = with_normalization(network, normalization);
  return c.is_bf16 ? with_compute_casts(graph) : graph;
}

void expect_as_foretold(const ImageCase& c) {
  SCOPED_TRACE(std::string(c.model) + (c.is_bf16 ? " bf16 " : " fp32 ") + (c.resizes ? "resizes " : "") +
               std::to_string(c.images) + "x" + std::to_string(c.height) + "x" + std::to_string(c.width));
  const Graph graph = graph_for(c);
  ParameterStore store(graph, {.gradients = false});
  Network network(graph, store, {.compute = c.is_bf16 ? at::kBFloat16 : at::kFloat, .differentiate = false});
  const std::int64_t divisor = find_model(c.model).size_divisor;
  SingleScale single_scale(network, c10::Device(c10::kCPU),
                           {.size_divisor = divisor, .padding = {80, 90, 80}, .resizes = c.resizes});
  const std::vector<std::byte> bytes(static_cast<std::size_t>(c.images * c.height * c.width * 3));
  const HostPixels pixels{
      .images = bytes.data(), .count = c.images, .height = c.height, .width = c.width, .channels = 3};
  (void)single_scale.classes(pixels);  // what libraries keep after their first use is not the image's
  Arena& arena = *installed_arena();
  arena.reset_peak();
  const std::size_t before = arena.statistics().in_use;
  const auto steady = network.steady_parameters();
  (void)single_scale.classes(pixels);
  const auto taken = static_cast<double>(arena.statistics().peak_in_use - before);
  const InputSize size{
      .images = c.images, .height = single_scale.padded_side(c.height), .width = single_scale.padded_side(c.width)};
  const std::int64_t foretold = image_memory(graph, network.plan(),
                                             {.size = size,
                                              .bytes = {.full = 4, .compute = c.is_bf16 ? 2 : 4},
                                              .threads = compute_threads(),
                                              .as_logits = c.resizes,
                                              .resizes = c.resizes});
  EXPECT_NEAR(static_cast<double>(foretold), taken, 0.1 * taken);
}

TEST(ImageMemory, AnEvaluationTakesWhatWasForetoldForBothNetworksAndPrecisions) {
  if (!install_arena({.reserve = std::size_t{4} << 30})) GTEST_SKIP() << "built with a sanitizer";
  for (const char* model : {"bisenetv1", "bisenetv2"}) {
    for (const bool is_bf16 : {false, true}) {
      expect_as_foretold({model, is_bf16, false, 2, 256, 512});
      expect_as_foretold({model, is_bf16, false, 1, 352, 480});
      expect_as_foretold({model, is_bf16, true, 1, 340, 470});
      expect_as_foretold({model, is_bf16, false, 2, 256, 512, /*refines=*/true});
    }
  }
}

TEST(ImageMemory, LogitsOfTheImagesSizeCountWhereTheyAreWantedAndTwiceWhereTheyAreResized) {
  const Graph graph = for_inference(find_model("bisenetv2").build({.num_classes = 150}));
  const Plan plan = forward_plan(graph);
  LookedAt images{.size = {.images = 2, .height = 512, .width = 1024}};
  const std::int64_t logits = 2 * 150 * 512 * 1024 * 4;
  EXPECT_LT(image_memory(graph, plan, images), logits);
  images.as_logits = true;
  EXPECT_GT(image_memory(graph, plan, images), logits);
  EXPECT_LT(image_memory(graph, plan, images), 2 * logits);
  images.resizes = true;
  EXPECT_GT(image_memory(graph, plan, images), 2 * logits);
}

}  // namespace
}  // namespace seg
