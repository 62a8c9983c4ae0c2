// SPDX-License-Identifier: Apache-2.0
#include "training/gradient_norm.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/training/optimizer_oracle.h"
#include "tests/training/two_speeds.h"
#include "training/read_back.h"
#include "training/sgd.h"

namespace seg {
namespace {

using testing::fill_gradients;
using testing::two_speeds;

double norm_of(const ParameterStore& store) { return gradient_norm(store).item<double>(); }

TEST(GradientNorm, StepsWithClippedGradientsFollowPython) {
  SEG_NEEDS_PYTHON();
  constexpr double kLimit = 5;  // that of the oracle
  ParameterStore store(two_speeds(), {.type = at::kDouble});
  testing::load_start(store);
  Sgd optimizer(store, {.momentum = 0.85, .weight_decay = 0.01});
  const at::Tensor& norms = testing::Oracle::get("optimizers").at("norms");
  int num_clipped = 0;
  testing::run_python_steps(store, optimizer, [&](std::int64_t step) {
    const at::Tensor norm = gradient_norm(store);
    EXPECT_NEAR(norm.item<double>(), norms[step].item<double>(), 1e-12);
    num_clipped += norm.item<double>() > kLimit ? 1 : 0;
    clip_gradients(store, norm, kLimit);
  });
  testing::expect_values_equal_to_python(store, "clipped");
  EXPECT_GT(num_clipped, 2);
  EXPECT_LT(num_clipped, norms.numel() - 2);
}

TEST(GradientNorm, IsThatOfAllGradientsTogether) {
  const ParameterStore store(two_speeds());
  store.gradients().fill_(2);
  const double count = static_cast<double>(store.gradients().numel());
  EXPECT_NEAR(norm_of(store), 2 * std::sqrt(count), 1e-5);
}

TEST(GradientNorm, ClippingShortensToTheLimitAndKeepsTheDirection) {
  const ParameterStore store(two_speeds(), {.type = at::kDouble});
  fill_gradients(store, 1);
  const at::Tensor before = store.gradients().clone();
  const double norm = norm_of(store);
  clip_gradients(store, gradient_norm(store), norm / 4);
  EXPECT_NEAR(norm_of(store), norm / 4, 1e-6 * norm);
  EXPECT_LT((store.gradients() * 4 - before).abs().max().item<double>(), 1e-5);
}

TEST(GradientNorm, WhatIsShortEnoughStaysToTheBit) {
  const ParameterStore store(two_speeds());
  fill_gradients(store, 1);
  const at::Tensor before = store.gradients().clone();
  clip_gradients(store, gradient_norm(store), 2 * norm_of(store));
  EXPECT_TRUE(at::equal(store.gradients(), before));
  store.gradients().zero_();
  clip_gradients(store, gradient_norm(store), 1);
  EXPECT_EQ(norm_of(store), 0);
}

TEST(GradientNorm, IsFiniteOnlyIfEveryGradientIs) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const ParameterStore store(two_speeds());
    store.gradients().fill_(1);
    EXPECT_TRUE(std::isfinite(norm_of(store)));
    store.gradients()[7].fill_(bad);
    EXPECT_FALSE(std::isfinite(norm_of(store)));
  }
}

TEST(GradientNorm, ReadsNothingBack) {
  const ParameterStore store(two_speeds());
  const std::int64_t before = num_read_backs();
  clip_gradients(store, gradient_norm(store), 1);
  EXPECT_EQ(num_read_backs(), before);
}

}  // namespace
}  // namespace seg
