// SPDX-License-Identifier: Apache-2.0
#include "training/loss_meter.h"

#include <ATen/ops/scalar_tensor.h>
#include <gtest/gtest.h>

#include "training/read_back.h"

namespace seg {
namespace {

NamedTensor loss(const char* name, double value) {
  return {name, at::scalar_tensor(value, at::TensorOptions(at::kFloat))};
}

TEST(LossMeter, GivesTheMeanOfEachLossInTheOrderOfTheGraph) {
  LossMeter meter;
  meter.add({loss("logits", 1), loss("aux2", 10)});
  meter.add({loss("logits", 4), loss("aux2", 20)});
  const LossMeter::Means means = meter.read();
  ASSERT_EQ(means.size(), 2U);
  EXPECT_EQ(means[0], std::pair(std::string("logits"), 2.5));
  EXPECT_EQ(means[1], std::pair(std::string("aux2"), 15.0));
}

TEST(LossMeter, BeginsAnewAfterItWasRead) {
  LossMeter meter;
  meter.add({loss("logits", 100)});
  (void)meter.read();
  EXPECT_TRUE(meter.read().empty());
  meter.add({loss("logits", 3)});
  EXPECT_EQ(meter.read().front().second, 3);
}

// A float sum stops growing at 2^24; a long run must not.
TEST(LossMeter, SumsInDoublePrecision) {
  LossMeter meter;
  meter.add({loss("logits", 16777216)});
  for (int i = 0; i < 3; ++i) meter.add({loss("logits", 1)});
  EXPECT_DOUBLE_EQ(meter.read().front().second, 16777219.0 / 4);
}

TEST(LossMeter, KeepsTheValuesOfTheStepAndNotTheTensors) {
  LossMeter meter;
  const NamedTensor value = loss("logits", 2);
  meter.add({value});
  value.tensor.fill_(50);
  EXPECT_EQ(meter.read().front().second, 2);
}

TEST(LossMeter, AddingReadsNothingBackAndReadingOnce) {
  LossMeter meter;
  const std::int64_t before = num_read_backs();
  for (int i = 0; i < 10; ++i) meter.add({loss("logits", 1), loss("aux2", 1), loss("aux3", 1)});
  EXPECT_EQ(num_read_backs(), before);
  (void)meter.read();
  EXPECT_EQ(num_read_backs(), before + 1);
}

}  // namespace
}  // namespace seg
