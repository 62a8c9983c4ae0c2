// SPDX-License-Identifier: Apache-2.0
#include "training/loss_scaler.h"

#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <limits>

#include "tests/engine/support/oracle.h"
#include "training/state_names.h"

namespace seg {
namespace {

using testing::Oracle;

const c10::Device kCpu(c10::kCPU);
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A step whose gradients are all `value`, scaled. Returns them as the optimizer would see them.
at::Tensor step(LossScaler& scaler, double value) {
  const at::Tensor gradients = at::full({3}, value, at::TensorOptions(at::kFloat));
  scaler.unscale(gradients);
  scaler.update();
  return gradients;
}

double scale_of(const LossScaler& scaler) { return scaler.scale().item<double>(); }

TEST(LossScaler, DividesByTheScale) {
  LossScaler scaler({.init = 8}, kCpu);
  EXPECT_EQ(step(scaler, 4)[0].item<double>(), 0.5);
  EXPECT_EQ(scaler.found_inf().item<double>(), 0);
  EXPECT_EQ(scaler.num_skipped().item<std::int64_t>(), 0);
}

TEST(LossScaler, GrowsAfterGoodStepsInARowAndFallsAfterABadOne) {
  LossScaler scaler({.init = 16, .growth = 2, .backoff = 0.5, .interval = 2}, kCpu);
  step(scaler, 1);
  EXPECT_EQ(scale_of(scaler), 16);
  step(scaler, 1);
  EXPECT_EQ(scale_of(scaler), 32);
  step(scaler, 1);
  step(scaler, kInfinity);
  EXPECT_EQ(scaler.found_inf().item<double>(), 1);
  EXPECT_EQ(scale_of(scaler), 16);
  step(scaler, 1);  // in a row: the bad one began it anew
  EXPECT_EQ(scale_of(scaler), 16);
  step(scaler, 1);
  EXPECT_EQ(scale_of(scaler), 32);
  EXPECT_EQ(scaler.num_skipped().item<std::int64_t>(), 1);
}

TEST(LossScaler, NeverGrowsToInfinity) {
  LossScaler scaler({.init = 3e38, .interval = 1}, kCpu);
  step(scaler, 1);
  EXPECT_EQ(scale_of(scaler), static_cast<double>(3e38F));
}

TEST(LossScaler, IsHopelessOnlyWhereASmallScaleOverflows) {
  const auto is_hopeless = [](double scale, double gradient) {
    LossScaler scaler({.init = scale}, kCpu);
    scaler.unscale(at::full({2}, gradient, at::TensorOptions(at::kFloat)));
    return scaler.is_hopeless().item<bool>();
  };
  EXPECT_FALSE(is_hopeless(65536, kInfinity));
  EXPECT_FALSE(is_hopeless(0.5, kInfinity));
  EXPECT_FALSE(is_hopeless(0.0005, 1));
  EXPECT_TRUE(is_hopeless(0.0005, kInfinity));
  EXPECT_TRUE(is_hopeless(0.0005, std::numeric_limits<double>::quiet_NaN()));
}

TEST(LossScaler, ItsStateGoesOnWhereItWas) {
  LossScaler one({.init = 16, .interval = 3}, kCpu), other({.interval = 3}, kCpu);
  for (const double gradient : {1.0, kInfinity, 1.0, 1.0}) step(one, gradient);
  ASSERT_EQ(one.state().size(), 3U);
  for (std::size_t i = 0; i < one.state().size(); ++i) {
    EXPECT_EQ(one.state()[i].name, other.state()[i].name);
    EXPECT_TRUE(is_training_state(one.state()[i].name)) << one.state()[i].name;
    other.state()[i].tensor.copy_(one.state()[i].tensor);
  }
  for (LossScaler* scaler : {&one, &other}) step(*scaler, 1);
  EXPECT_EQ(scale_of(one), 16);  // 16, fallen to 8, grown again
  EXPECT_EQ(scale_of(other), 16);
  EXPECT_EQ(other.num_skipped().item<std::int64_t>(), 1);
}

TEST(LossScaler, GoesStepByStepAsGradScalerOfPython) {
  SEG_NEEDS_PYTHON();
  const Oracle& oracle = Oracle::get("loss_scaler");
  LossScaler scaler({.init = 1000, .growth = 3, .backoff = 0.3, .interval = 3}, kCpu);
  const at::Tensor values = oracle.at("start").clone(), momentum = at::zeros_like(values);
  const at::Tensor& gradients = oracle.at("gradients");
  double skipped = 0;
  for (std::int64_t i = 0; i < gradients.size(0); ++i) {
    const at::Tensor gradient = gradients[i].clone();
    scaler.unscale(gradient);
    const double found = scaler.found_inf().item<double>();
    EXPECT_EQ(found, oracle.at("found")[i].item<double>()) << i;
    EXPECT_TRUE(found != 0 || at::equal(gradient, oracle.at("unscaled")[i])) << i;
    at::_fused_sgd_({values}, {gradient}, {momentum}, 0, 0.9, 0.01, 0, false, false, false, std::nullopt,
                    scaler.found_inf());
    scaler.update();
    skipped += found;
    EXPECT_EQ(scale_of(scaler), oracle.at("scales")[i].item<double>()) << i;
    EXPECT_EQ(scaler.state()[1].tensor.item<double>(), oracle.at("trackers")[i].item<double>()) << i;
    EXPECT_LT(testing::relative_error(values, oracle.at("values")[i]), 1e-6) << i;
  }
  EXPECT_EQ(skipped, 6);
  EXPECT_EQ(scaler.num_skipped().item<double>(), 6);
}

}  // namespace
}  // namespace seg
