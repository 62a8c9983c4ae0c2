// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/loss_block.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace seg::kernels {
namespace {

constexpr std::int64_t kClasses = 6;
constexpr auto kSize = static_cast<std::size_t>(kClasses * kLossBlock);

template <class T>
struct Block {
  std::vector<T> upper = std::vector<T>(kSize), lower = std::vector<T>(kSize);
  std::vector<std::int32_t> labels = std::vector<std::int32_t>(kLossBlock);
  LossRow<T> row(T t) const {
    return {.num_classes = kClasses, .upper = upper.data(), .lower = lower.data(), .t = t, .labels = labels.data()};
  }
};

template <class T>
Block<T> random_block(double spread) {
  std::mt19937 random(3);
  std::normal_distribution<double> draw(0, spread);
  Block<T> block;
  for (auto* logits : {&block.upper, &block.lower})
    for (T& logit : *logits) logit = static_cast<T>(draw(random));
  for (std::size_t i = 0; i < kLossBlock; ++i) block.labels[i] = static_cast<std::int32_t>(i % kClasses);
  block.labels[5] = 255;
  block.labels[9] = kClasses;  // no class
  return block;
}

struct Expected {
  double loss, normalizer, probability[kClasses];
};

template <class T>
Expected expected(const Block<T>& block, T t, std::size_t i) {
  double logits[kClasses], largest = -INFINITY, sum = 0;
  for (std::size_t k = 0; k < kClasses; ++k) {
    const double a = block.upper[k * kLossBlock + i], b = block.lower[k * kLossBlock + i];
    logits[k] = a + static_cast<double>(t) * (b - a);
    largest = std::max(largest, logits[k]);
  }
  for (const double logit : logits) sum += std::exp(logit - largest);
  Expected e{.loss = 0, .normalizer = largest + std::log(sum), .probability = {}};
  for (std::size_t k = 0; k < kClasses; ++k) e.probability[k] = std::exp(logits[k] - e.normalizer);
  const std::int32_t label = block.labels[i];
  e.loss = label == 255 ? -1 : label < kClasses ? e.normalizer - logits[label] : NAN;
  return e;
}

template <class T>
void expect_forward_and_backward(double spread, double tolerance) {
  const Block<T> block = random_block<T>(spread);
  const T t = static_cast<T>(0.375);
  std::vector<T> scratch(kSize), loss(kLossBlock), normalizer(kLossBlock), weight(kLossBlock, T{2});
  std::vector<T> upper_sum(kSize, T{1}), lower_sum(kSize, T{1});
  loss_forward(block.row(t), scratch.data(), loss.data(), normalizer.data());
  loss_backward(block.row(t), normalizer.data(), weight.data(), upper_sum.data(), lower_sum.data());
  for (std::size_t i = 0; i < kLossBlock; ++i) {
    const Expected e = expected(block, t, i);
    EXPECT_NEAR(normalizer[i], e.normalizer, tolerance * (1 + std::abs(e.normalizer)));
    if (std::isnan(e.loss)) {
      EXPECT_TRUE(std::isnan(loss[i]));
    } else
      EXPECT_NEAR(loss[i], e.loss, tolerance * (1 + spread));
    for (std::size_t k = 0; k < kClasses; ++k) {
      const double gradient = 2 * (e.probability[k] - (block.labels[i] == static_cast<std::int32_t>(k) ? 1 : 0));
      EXPECT_NEAR(upper_sum[k * kLossBlock + i] - 1, 0.625 * gradient, tolerance * (1 + spread));
      EXPECT_NEAR(lower_sum[k * kLossBlock + i] - 1, 0.375 * gradient, tolerance * (1 + spread));
    }
  }
}

TEST(LossBlock, LossAndGradientAreThoseOfTheFormula) {
  for (const double spread : {0.1, 3.0, 60.0}) {
    expect_forward_and_backward<float>(spread, 1e-6);
    expect_forward_and_backward<double>(spread, 1e-14);
  }
}

TEST(LossBlock, EnlargesAsTheTableSays) {
  std::vector<std::int32_t> left(kLossBlock), right(kLossBlock);
  std::vector<float> t(kLossBlock), values(2 * 20), out(2 * kLossBlock);
  for (std::size_t i = 0; i < kLossBlock; ++i) {
    left[i] = static_cast<std::int32_t>(i / 2);
    right[i] = left[i] + 1;
    t[i] = i % 2 == 0 ? 0.25F : 0.75F;
  }
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * i);
  enlarge({.num_classes = 2, .stride = 20, .left = left.data(), .right = right.data(), .t = t.data()}, values.data(),
          out.data());
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t i = 0; i < kLossBlock; ++i) {
      const float a = values[k * 20 + i / 2], b = values[k * 20 + i / 2 + 1];
      EXPECT_FLOAT_EQ(out[k * kLossBlock + i], a + t[i] * (b - a));
    }
}

}  // namespace
}  // namespace seg::kernels
