// SPDX-License-Identifier: Apache-2.0
#include "graph/rewrite.h"

#include <gtest/gtest.h>

#include "graph/builder.h"

namespace seg {
namespace {

TEST(Rewrite, CountsOperandsAndOutputs) {
  GraphBuilder g;
  const Value x = g.input("image", {.channels = 2});
  const Value twice = g.add(x, x), unread = g.relu(x);
  g.output("out", twice);
  const std::vector<int> counts = reader_counts(g.build());
  EXPECT_EQ(counts.at(static_cast<std::size_t>(x.id)), 3);
  EXPECT_EQ(counts.at(static_cast<std::size_t>(twice.id)), 1);
  EXPECT_EQ(counts.at(static_cast<std::size_t>(unread.id)), 0);
}

TEST(Rewrite, ReplacesOperandsAndOutputs) {
  GraphBuilder g;
  const Value x = g.input("image", {.channels = 2});
  const Value a = g.relu(x), b = g.sigmoid(x);
  g.output("sum", g.add(a, a));
  g.output("a", a);
  Graph graph = g.build();
  replace_reads(graph, a.id, b.id);
  EXPECT_EQ(find_node(graph, "add").inputs, (std::vector<ValueId>{b.id, b.id}));
  EXPECT_EQ(graph.outputs.at(1).value, b.id);
}

}  // namespace
}  // namespace seg
