// SPDX-License-Identifier: Apache-2.0
#include "graph/summary.h"

#include <gtest/gtest.h>

#include "graph/builder.h"
#include "graph/passes.h"
#include "models/model.h"

namespace seg {
namespace {

TEST(Summary, HasARowForEveryLayer) {
  GraphBuilder g;
  Value x = g.convolution("conv", g.input("image", {.channels = 2}), {.out_channels = 3, .bias = true});
  g.output("out", g.sigmoid(g.batch_norm("bn", x)));
  const Graph graph = g.build();
  const InputSize size{.images = 1, .height = 4, .width = 5};
  for (const Graph& form : {graph, with_compute_casts(graph)}) {
    const Summary summary = summarize(form, size);
    std::vector<std::string> rows;
    for (const LayerRow& row : summary.layers)
      if (row.op != "cast")
        rows.push_back(row.name + " " + row.op + " " + to_string(row.shape) + " " + std::to_string(row.parameters) +
                       " " + std::to_string(row.macs) + " " + std::to_string(row.bytes));
    EXPECT_EQ(rows, (std::vector<std::string>{"image input 1x2x4x5 0 0 160", "conv convolution 1x3x4x5 57 1080 240",
                                              "bn batch_norm 1x3x4x5 6 0 240", "sigmoid sigmoid 1x3x4x5 0 0 240"}));
    EXPECT_EQ(summary.parameters, 63);
    EXPECT_EQ(summary.macs, 1080);
  }
}

TEST(Summary, CountsAWeightThatTwoLayersShareInTheFirst) {
  GraphBuilder g;
  const ConvolutionOptions square{.out_channels = 2};
  const Value x = g.convolution("first", g.input("image", {.channels = 2}), square);
  g.output("out", g.convolution("second", x, square));
  Graph graph = g.build();
  graph.nodes.back().inputs[1] = find_node(graph, "first.weight").output;
  graph = without_dead_nodes(graph, [](const Output&) { return true; });
  const Summary summary = summarize(graph, {.images = 1, .height = 4, .width = 4});
  ASSERT_EQ(summary.layers.size(), 3u);
  EXPECT_EQ(summary.layers[1].parameters, 36);
  EXPECT_EQ(summary.layers[2].parameters, 0);
  EXPECT_EQ(summary.parameters, 36);
}

TEST(Summary, RowsAddUpToTheSums) {
  const Graph graph = with_compute_casts(find_model("bisenetv2").build({}));
  const Summary summary = summarize(graph, {.images = 2, .height = 64, .width = 96}, {.full = 4, .compute = 2});
  std::int64_t parameters = 0, macs = 0, bytes = 0;
  for (const LayerRow& row : summary.layers) {
    parameters += row.parameters;
    macs += row.macs;
    bytes += row.bytes;
  }
  EXPECT_EQ(parameters, summary.parameters);
  EXPECT_EQ(summary.parameters, count_parameters(graph));
  EXPECT_EQ(macs, summary.macs);
  EXPECT_EQ(macs, total_cost(graph, {.images = 2, .height = 64, .width = 96}).macs);
  EXPECT_EQ(bytes, summary.bytes);
}

}  // namespace
}  // namespace seg
