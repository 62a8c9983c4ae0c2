// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "graph/cost.h"
#include "models/model.h"

namespace seg {
namespace {

TEST(BisenetV2, HasThePublishedSize) {
  const Graph graph = find_model("bisenetv2").build({.num_classes = 19});
  EXPECT_EQ(count_parameters(graph), 5231487);
  EXPECT_EQ(total_cost(graph, {.images = 1, .height = 256, .width = 512}).macs, 8889720832);
}

}  // namespace
}  // namespace seg
