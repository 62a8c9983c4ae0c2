// SPDX-License-Identifier: Apache-2.0
#include "training/weight_average.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/training/optimizer_oracle.h"
#include "tests/training/small_network.h"
#include "tests/training/two_speeds.h"
#include "training/read_back.h"
#include "training/sgd.h"

namespace seg {
namespace {

using testing::flag;
using testing::same_bits;
using testing::two_speeds;

TEST(WeightAverage, FollowsPythonsOverTwelveSteps) {
  SEG_NEEDS_PYTHON();
  ParameterStore store(two_speeds(), {.type = at::kDouble});
  testing::load_start(store);
  Sgd optimizer(store, {.momentum = 0.85, .weight_decay = 0.01});
  WeightAverage average(two_speeds(), store, 0.4);  // the oracle's: reached after some steps
  testing::run_python_steps(store, optimizer, {}, [&](std::int64_t step) { average.update(step + 1, flag(0)); });
  testing::expect_values_equal_to_python(store, "sgd");
  testing::expect_values_equal_to_python(average.parameters(), "average");
}

TEST(WeightAverage, ItsDecayGrowsToTheLimit) {
  EXPECT_EQ(average_decay(0.999, 1), 0);
  EXPECT_DOUBLE_EQ(average_decay(0.999, 2), 0.1);
  EXPECT_DOUBLE_EQ(average_decay(0.999, 91), 90.0 / 99);
  EXPECT_EQ(average_decay(0.999, 100000), 0.999);
  EXPECT_EQ(average_decay(0.05, 2), 0.05);
}

TEST(WeightAverage, BeginsAsTheWeightsAreAndCopiesBuffers) {
  ParameterStore store(two_speeds());
  store.initialise(7);
  WeightAverage average(two_speeds(), store, 0.5);
  EXPECT_TRUE(same_bits(average.parameters(), store));
  store.values().add_(1);
  store.statistics().fill_(0.25);
  store.counters().fill_(3);
  average.update(100, flag(0));
  EXPECT_FALSE(same_bits(average.parameters().values(), store.values()));
  EXPECT_TRUE(same_bits(average.parameters().statistics(), store.statistics()));
  EXPECT_TRUE(same_bits(average.parameters().counters(), store.counters()));
  average.copy_trained();
  EXPECT_TRUE(same_bits(average.parameters(), store));
}

TEST(WeightAverage, IsTheMeanByItsDecay) {
  ParameterStore store(two_speeds(), {.type = at::kDouble});
  store.values().fill_(1);
  WeightAverage average(two_speeds(), store, 0.75);
  store.values().fill_(3);
  average.update(1000, flag(0));
  EXPECT_DOUBLE_EQ(average.parameters().values()[0].item<double>(), 0.75 * 1 + 0.25 * 3);
}

TEST(WeightAverage, StaysWhereAStepWasSkipped) {
  ParameterStore store(two_speeds());
  WeightAverage average(two_speeds(), store, 0.75);
  const at::Tensor before = average.parameters().values().clone();
  store.values().add_(1);
  const std::int64_t reads = num_read_backs();
  average.update(1000, flag(1));
  EXPECT_EQ(num_read_backs(), reads);
  EXPECT_TRUE(at::equal(average.parameters().values(), before));
}

}  // namespace
}  // namespace seg
