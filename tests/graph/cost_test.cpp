// SPDX-License-Identifier: Apache-2.0
// The network's own figures are in tests/models/bisenetv2_test.cpp.
#include "graph/cost.h"

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "graph/passes.h"

namespace seg {
namespace {

constexpr InputSize kSize{.images = 2, .height = 8, .width = 6};

Graph small_graph() {
  GraphBuilder g;
  Value x = g.convolution("conv", g.input("image", {.channels = 4}), {.out_channels = 6, .stride = 2, .groups = 2});
  x = g.batch_norm("bn", x);
  g.output("out", g.convolution("last", x, {.out_channels = 3, .kernel = 1, .padding = 0, .bias = true}));
  return g.build();
}

Cost cost_of(const Graph& graph, const char* name, const NumberBytes& bytes = {}) {
  const std::vector<Cost> all = costs(graph, kSize, bytes);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (graph.nodes[i].name == name) return all[i];
  }
  ADD_FAILURE() << name;
  return {};
}

TEST(Cost, CountsWeightsTimesPlacesOfTheOutput) {
  EXPECT_EQ(cost_of(small_graph(), "conv").macs, (6 * 2 * 9) * (2 * 4 * 3));
  EXPECT_EQ(cost_of(small_graph(), "last").macs, (3 * 6) * (2 * 4 * 3));
  EXPECT_EQ(cost_of(small_graph(), "bn").macs, 0);
}

TEST(Cost, CountsTrainableParametersOnly) {
  EXPECT_EQ(cost_of(small_graph(), "conv.weight").parameters, 6 * 2 * 9);
  EXPECT_EQ(cost_of(small_graph(), "bn.running_mean").parameters, 0);
  EXPECT_EQ(count_parameters(small_graph()), 6 * 2 * 9 + 2 * 6 + 3 * 6 + 3);
  EXPECT_EQ(total_cost(small_graph(), kSize).parameters, count_parameters(small_graph()));
}

TEST(Cost, BytesFollowTheTypeOfEachValue) {
  const Graph graph = with_compute_casts(
      with_normalization(small_graph(), {.pixels = NumberType::word, .mean = {0, 0, 0, 0}, .deviation = {1, 1, 1, 1}}));
  const NumberBytes bytes{.full = 4, .compute = 2};
  EXPECT_EQ(cost_of(graph, "image", bytes).activation_bytes, 2 * (2 * 4 * 8 * 6));
  EXPECT_EQ(cost_of(graph, "image.normalize", bytes).activation_bytes, 2 * (2 * 4 * 8 * 6));
  EXPECT_EQ(cost_of(graph, "conv", bytes).activation_bytes, 2 * (2 * 6 * 4 * 3));
  EXPECT_EQ(cost_of(graph, "out.cast", bytes).activation_bytes, 4 * (2 * 3 * 4 * 3));
  EXPECT_EQ(cost_of(graph, "conv.weight", bytes).activation_bytes, 0);
  EXPECT_EQ(bytes.of(NumberType::index), 8);
  EXPECT_EQ(bytes.of(NumberType::byte), 1);
}

}  // namespace
}  // namespace seg
