// SPDX-License-Identifier: Apache-2.0
#include "training/optimizer.h"

#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/training/two_speeds.h"
#include "training/adamw.h"
#include "training/sgd.h"

namespace seg {
namespace {

using testing::fill_gradients;
using testing::flag;
using testing::two_speeds;

constexpr OptimizerKind kKinds[] = {OptimizerKind::sgd, OptimizerKind::adamw};

TEST(Optimizer, IsTheOneThatWasAskedFor) {
  const ParameterStore store(two_speeds());
  EXPECT_NE(dynamic_cast<Sgd*>(make_optimizer(store, {.kind = OptimizerKind::sgd}).get()), nullptr);
  EXPECT_NE(dynamic_cast<AdamW*>(make_optimizer(store, {.kind = OptimizerKind::adamw}).get()), nullptr);
}

TEST(Optimizer, MultipliesTheRateOfTheFasterGroupsOnly) {
  const ParameterStore store(two_speeds());
  for (const OptimizerKind kind : kKinds) {
    const auto own = make_optimizer(store, {.kind = kind});
    const auto given = make_optimizer(store, {.kind = kind, .head_lr_multiplier = 3});
    for (const ParameterGroup& group : store.groups()) {
      const bool is_head = group.names.front().starts_with("head.");
      EXPECT_EQ(own->lr_multiplier(group), is_head ? 10 : 1);
      EXPECT_EQ(given->lr_multiplier(group), is_head ? 3 : 1);
    }
  }
}

TEST(Optimizer, ItsStateIsNamedOnceAndLiesLikeTheParameters) {
  const ParameterStore store(two_speeds());
  for (const OptimizerKind kind : kKinds) {
    const auto optimizer = make_optimizer(store, {.kind = kind});
    std::set<std::string> names;
    std::int64_t num_numbers = 0;
    for (const NamedTensor& memory : optimizer->state()) {
      EXPECT_TRUE(names.insert(memory.name).second) << memory.name;
      if (memory.tensor.dim() == 0) continue;
      num_numbers += memory.tensor.numel();
      const at::Tensor& value = store.value(memory.name.substr(memory.name.find('.') + 1));
      EXPECT_EQ(memory.tensor.sizes(), value.sizes()) << memory.name;
      EXPECT_EQ(memory.tensor.strides(), value.strides()) << memory.name;
    }
    EXPECT_EQ(num_numbers, states_a_parameter(kind) * store.values().numel());
  }
}

// What an exact resume needs: values and state are all that the next step depends on.
TEST(Optimizer, GoesOnFromACopyOfItsState) {
  for (const OptimizerKind kind : kKinds) {
    ParameterStore store(two_speeds()), other(two_speeds());
    const auto optimizer = make_optimizer(store, {.kind = kind}), resumed = make_optimizer(other, {.kind = kind});
    for (std::uint64_t step = 1; step <= 3; ++step) {
      fill_gradients(store, step);
      optimizer->step(0.1, flag(0));
    }
    other.values().copy_(store.values());
    for (std::size_t i = 0; i < optimizer->state().size(); ++i)
      resumed->state()[i].tensor.copy_(optimizer->state()[i].tensor);
    for (const ParameterStore* both : {&store, &other}) fill_gradients(*both, 4);
    optimizer->step(0.1, flag(0));
    resumed->step(0.1, flag(0));
    EXPECT_TRUE(at::equal(other.values(), store.values()));
  }
}

}  // namespace
}  // namespace seg
