// SPDX-License-Identifier: Apache-2.0
#include "training/adamw.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/training/optimizer_oracle.h"
#include "tests/training/two_speeds.h"

namespace seg {
namespace {

using testing::fill_gradients;
using testing::flag;
using testing::two_speeds;

TEST(AdamW, TwelveStepsFollowPython) {
  SEG_NEEDS_PYTHON();
  testing::expect_steps_equal_to_python(
      "adamw", {.kind = OptimizerKind::adamw, .beta1 = 0.8, .beta2 = 0.99, .eps = 1e-6, .weight_decay = 0.01});
}

// Whatever the gradient's size, its running mean over its running root is its sign.
TEST(AdamW, TheFirstStepMovesEachNumberByItsRate) {
  const ParameterStore store(two_speeds(), {.type = at::kDouble});
  AdamW optimizer(store, {.kind = OptimizerKind::adamw, .eps = 0, .weight_decay = 0});
  fill_gradients(store, 1);
  const at::Tensor before = store.values().clone();
  optimizer.step(0.01, flag(0));
  for (const ParameterGroup& group : store.groups()) {
    const at::Tensor moved = before.narrow(0, group.values.storage_offset(), group.values.numel()) - group.values;
    const at::Tensor expected = group.gradients.sign() * (0.01 * group.lr_multiplier);
    EXPECT_LT((moved - expected).abs().max().item<double>(), 1e-12) << group.names.front();
  }
}

TEST(AdamW, DecayTakesFromTheValueNotFromTheGradient) {
  const ParameterStore store(two_speeds(), {.type = at::kDouble});
  AdamW optimizer(store, {.kind = OptimizerKind::adamw, .weight_decay = 0.5});
  store.gradients().zero_();
  store.values().fill_(2);
  optimizer.step(0.1, flag(0));
  const auto first = [&](const char* name) { return store.value(name).flatten()[0].item<double>(); };
  EXPECT_NEAR(first("conv.weight"), 2 * (1 - 0.1 * 0.5), 1e-12);
  EXPECT_NEAR(first("head.conv.weight"), 2 * (1 - 0.1 * 10 * 0.5), 1e-12);
  EXPECT_EQ(first("bn.weight"), 2);
  EXPECT_EQ(first("head.conv.bias"), 2);
}

TEST(AdamW, ASkippedStepLeavesNoTrace) {
  const ParameterStore skipped(two_speeds()), plain(two_speeds());
  AdamW skipping(skipped, {.kind = OptimizerKind::adamw}), expected(plain, {.kind = OptimizerKind::adamw});
  for (std::uint64_t step = 1; step <= 4; ++step) {
    skipped.gradients().fill_(std::nan(""));
    skipping.step(0.1, flag(1));
    for (const ParameterStore* store : {&skipped, &plain}) fill_gradients(*store, step);
    skipping.step(0.1, flag(0));
    expected.step(0.1, flag(0));
  }
  EXPECT_TRUE(at::equal(skipped.values(), plain.values()));
  for (std::size_t i = 0; i < skipping.state().size(); ++i)
    EXPECT_TRUE(at::equal(skipping.state()[i].tensor, expected.state()[i].tensor)) << skipping.state()[i].name;
}

TEST(AdamW, ItsStateIsTwoMeansAParameterAndTheCountOfSteps) {
  const ParameterStore store(two_speeds());
  AdamW optimizer(store, {.kind = OptimizerKind::adamw});
  ASSERT_EQ(optimizer.state().size(), 2 * testing::trainable_names(store).size() + 1);
  for (int i = 0; i < 3; ++i) optimizer.step(0.1, flag(0));
  EXPECT_EQ(find_tensor(optimizer.state(), "adam_steps")->item<double>(), 3);
}

}  // namespace
}  // namespace seg
