// SPDX-License-Identifier: Apache-2.0
#include "graph/memory_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "graph/builder.h"
#include "graph/passes.h"
#include "tests/graph/interpreter.h"
#include "tests/graph/random_graph.h"

namespace seg {
namespace {

constexpr NumberBytes kDoubles{.full = 8, .compute = 8};

TEST(MemoryPlan, PredictsWhatTheInterpreterHoldsAtEveryStep) {
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Graph graph = testing::random_graph(seed, {.num_operations = 20, .for_losses = true});
    for (const Graph& form : {graph, with_losses(graph, {.kind = LossKind::cross_entropy})}) {
      for (const Schedule schedule : {Schedule::two_passes, Schedule::earliest}) {
        const Plan plan = differentiate(form, schedule);
        testing::Interpreter interpreter(form, plan, testing::kRandomGraphInput);
        interpreter.backward(interpreter.forward(testing::random_leaves(form, seed)));
        const std::vector<std::int64_t>& measured = interpreter.live_bytes();
        const MemoryPlan predicted = plan_memory(form, plan, testing::kRandomGraphInput, kDoubles);
        EXPECT_EQ(predicted.live_bytes, measured);
        EXPECT_EQ(predicted.peak_bytes, *std::max_element(measured.begin(), measured.end()));
        EXPECT_EQ(measured.at(predicted.peak_step), predicted.peak_bytes);
      }
    }
  }
}

// Derived weights are held to the end, and are not what an inference moves.
TEST(MemoryPlan, PredictsWhatAnInferenceHolds) {
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Graph graph = with_folded_batch_norm(testing::random_graph(seed));
    const Plan plan = forward_plan(graph);
    testing::Interpreter interpreter(graph, plan, testing::kRandomGraphInput);
    interpreter.forward(testing::random_leaves(graph, seed));
    EXPECT_EQ(plan_memory(graph, plan, testing::kRandomGraphInput, kDoubles).live_bytes, interpreter.live_bytes());
    Plan all = plan;
    all.num_derived = 0;
    const auto moved = [&](const Plan& p) { return moved_bytes(graph, p, testing::kRandomGraphInput, kDoubles); };
    EXPECT_EQ(moved(plan) < moved(all), plan.num_derived > 0);
  }
}

TEST(MemoryPlan, CountsBytesByTypeAndNothingFromOutside) {
  GraphBuilder g;
  const Value x = g.convolution("conv", g.input("image", {.channels = 2}), {.out_channels = 3});
  g.output("out", g.max_pool(x, {}));
  const Graph graph = with_compute_casts(g.build());
  const Plan plan = differentiate(graph, Schedule::two_passes);
  const std::vector<std::int64_t> bytes =
      slot_bytes(graph, plan, {.images = 1, .height = 4, .width = 4}, {.full = 4, .compute = 2});
  const auto of = [&](const char* name) { return bytes[static_cast<std::size_t>(find_node(graph, name).output)]; };
  EXPECT_EQ(of("image"), 0);
  EXPECT_EQ(of("conv.weight"), 0);
  EXPECT_EQ(of("conv.weight.cast"), 2 * 3 * 2 * 9);
  EXPECT_EQ(of("conv"), 2 * 3 * 4 * 4);
  EXPECT_EQ(of("out.cast"), 4 * 3 * 2 * 2);
  EXPECT_EQ(bytes[static_cast<std::size_t>(plan.output_gradients[0])], 0);
  for (std::size_t s = 0; s < plan.slots.size(); ++s) {
    if (plan.slots[s].kind != SlotInfo::Kind::saved) continue;
    EXPECT_EQ(bytes[s], 3 * 2 * 2) << "the pool's places in its windows";
  }
}

TEST(MemoryPlan, GrowsInProportionToTheBatch) {
  const Graph graph = with_losses(testing::random_graph(5, {.for_losses = true}), {});
  const Plan plan = differentiate(graph);
  const auto peak = [&](std::int64_t images) {
    return plan_memory(graph, plan, {.images = images, .height = 8, .width = 8}, {}).peak_bytes;
  };
  const std::int64_t one = peak(1), two = peak(2), three = peak(3);
  EXPECT_GT(two, one);
  EXPECT_LE(three - two, two);  // what does not depend on the batch is counted once
}

TEST(MemoryPlan, MovedIsWhatStepsReadAndWrite) {
  GraphBuilder g;
  const Value x = g.input("image", {.channels = 2});
  g.output("out", g.add(g.sigmoid(x), x));
  const Graph graph = g.build();
  // sigmoid: one in, one out; add: two in, one out. Nothing is trained.
  EXPECT_EQ(moved_bytes(graph, differentiate(graph), {.images = 1, .height = 3, .width = 5}, {}), 5 * (2 * 15 * 4));
}

}  // namespace
}  // namespace seg
