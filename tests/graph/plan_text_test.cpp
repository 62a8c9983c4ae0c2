// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "graph/builder.h"
#include "graph/plan.h"

namespace seg {
namespace {

Graph small_graph() {
  GraphBuilder g;
  const Value x = g.convolution("conv", g.input("image", {.channels = 1}), {.out_channels = 1});
  g.output("out", g.relu(g.batch_norm("bn", x)));
  return g.build();
}

TEST(PlanText, ShowsEveryStepWithItsSlots) {
  const Graph graph = small_graph();
  EXPECT_EQ(to_string(graph, differentiate(graph, Schedule::two_passes)),
            "forward:\n"
            "forward conv (convolution)  reads 0 1 -  writes 2\n"
            "forward bn (batch_norm)  reads 2 3 4 5 6 7  writes 8 10 11\n"
            "forward relu (activation)  reads 8  writes over the first 9  releases 8\n"
            "yield  reads 9\n"
            "backward:\n"
            "vjp relu (activation)  reads 12 9  writes 13  releases 12 9\n"
            "vjp bn (batch_norm)  reads 13 2 3 10 11  writes 14 15 16 - - -  releases 13 2 10 11\n"
            "store bn.bias (parameter)  reads 16  releases 16\n"
            "store bn.weight (parameter)  reads 15  releases 15\n"
            "vjp conv (convolution)  reads 14 0 1  writes - 17 -  releases 14 0\n"
            "store conv.weight (parameter)  reads 17  releases 17\n");
}

TEST(PlanText, OfAForwardPlanHasNoBackward) {
  const Graph graph = small_graph();
  EXPECT_EQ(to_string(graph, forward_plan(graph)),
            "forward:\n"
            "forward conv (convolution)  reads 0 1 -  writes 2  releases 0\n"
            "forward bn (batch_norm)  reads 2 3 4 5 6 7  writes 8 - -  releases 2\n"
            "forward relu (activation)  reads 8  writes over the first 9  releases 8\n"
            "yield  reads 9  releases 9\n");
}

}  // namespace
}  // namespace seg
