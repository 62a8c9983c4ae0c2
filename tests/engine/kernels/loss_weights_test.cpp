// SPDX-License-Identifier: Apache-2.0
// What the numbers give is compared with Python in loss_cpu_test.cpp.
#include "engine/kernels/loss_weights.h"

#include <gtest/gtest.h>

namespace seg::kernels {
namespace {

TEST(LossWeights, WithoutAnythingAllAreOne) {
  const LossWeights weights({}, 3);
  EXPECT_TRUE(weights.is_plain);
  EXPECT_EQ(weights.classes, std::vector<float>({1, 1, 1}));
  EXPECT_EQ(weights.of_label[2], 1.0F);
  EXPECT_EQ(weights.of_softmax[2], 1.0F);
  EXPECT_EQ(weights.of_count[2], 1.0F);
  EXPECT_EQ(weights.uniform, 0.0F);
}

TEST(LossWeights, SmoothingMovesAShareToAllClassesByTheirWeight) {
  const LossWeights weights({.class_weights = {2, 0, 4}, .label_smoothing = 0.25}, 3);
  EXPECT_FALSE(weights.is_plain);
  EXPECT_EQ(weights.of_label[2], 3.0F);
  EXPECT_EQ(weights.of_label[1], 0.0F);
  EXPECT_EQ(weights.of_softmax[2], 3.5F);  // of the share for all, 6 / 3 * 0.25 comes in addition
  EXPECT_EQ(weights.of_softmax[1], 0.5F);
  EXPECT_FLOAT_EQ(weights.uniform, 0.25F / 3);
}

TEST(LossWeights, TheDivisorKnowsTheWeightsButWithOhem) {
  EXPECT_EQ(LossWeights({.kind = LossKind::cross_entropy, .class_weights = {2, 5}}, 2).of_count[1], 5.0F);
  EXPECT_EQ(LossWeights({.kind = LossKind::focal, .class_weights = {2, 5}}, 2).of_count[1], 5.0F);
  EXPECT_EQ(LossWeights({.kind = LossKind::ohem, .class_weights = {2, 5}}, 2).of_count[1], 1.0F);
}

TEST(LossWeights, ALabelThatIsNoClassHasAWeight) {
  const LossWeights weights({.kind = LossKind::cross_entropy, .class_weights = {0, 0}}, 2);
  EXPECT_EQ(weights.of_label[2], 1.0F);  // so that its loss, NaN, shows
}

}  // namespace
}  // namespace seg::kernels
