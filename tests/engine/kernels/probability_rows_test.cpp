// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/probability_rows.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "tests/support/instruction_levels.h"

namespace seg::kernels {
namespace {

constexpr std::size_t kClasses = 3, kStride = 70;

std::vector<float> random_values(std::size_t count, std::uint64_t seed) {
  Random random(seed, RandomStream::synthetic, 1);
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(4 * random.normal());
  return values;
}

TEST(ProbabilityRows, SpreadIsTheSumOverItsTaps) {
  constexpr std::size_t kValues = 9;
  const std::vector<float> values = random_values(kClasses * kValues, 1);
  for (const std::size_t columns : {1U, 16U, 67U}) {
    std::vector<std::int32_t> places[2];
    std::vector<float> weights[2];
    for (std::size_t i = 0; i < columns; ++i)
      for (std::size_t tap = 0; tap < 2; ++tap) {
        places[tap].push_back(static_cast<std::int32_t>((i * 5 + tap) % kValues));
        weights[tap].push_back(0.25F * static_cast<float>(i % 4) + static_cast<float>(tap));
      }
    const std::array<const std::int32_t*, 2> index = {places[0].data(), places[1].data()};
    const std::array<const float*, 2> weight = {weights[0].data(), weights[1].data()};
    testing::at_every_instruction_level([&] {
      std::vector<float> planes(kClasses * kStride);
      spread({.num_classes = kClasses,
              .columns = static_cast<std::int64_t>(columns),
              .stride = kStride,
              .values = values.data(),
              .value_stride = kValues,
              .num_taps = 2,
              .index = index.data(),
              .weight = weight.data()},
             planes.data());
      for (std::size_t k = 0; k < kClasses; ++k)
        for (std::size_t i = 0; i < columns; ++i) {
          float expected = 0;
          for (std::size_t tap = 0; tap < 2; ++tap)
            expected += weights[tap][i] * values[k * kValues + static_cast<std::size_t>(places[tap][i])];
          EXPECT_NEAR(planes[k * kStride + i], expected, 1e-5);
        }
    });
  }
}

TEST(ProbabilityRows, SoftmaxAndSumsAreTheirFormulas) {
  const std::vector<float> logits = random_values(kClasses * kStride, 2);
  const std::vector<float> share = random_values(kStride, 3);
  constexpr std::size_t kColumns = 67;
  testing::at_every_instruction_level([&] {
    std::vector<float> planes = logits, sums(kClasses * kStride, 1.0F), exponentials(kClasses * kStride);
    softmax(kClasses, kColumns, kStride, planes.data());
    const AddedRow row{.num_classes = kClasses,
                       .columns = kColumns,
                       .planes = planes.data(),
                       .stride = kStride,
                       .share = share.data()};
    add(row, sums.data(), kStride);
    AddedRow of_exponentials = row;
    of_exponentials.of_exponentials = true;
    add(of_exponentials, exponentials.data(), kStride);
    for (std::size_t i = 0; i < kColumns; ++i) {
      double sum = 0;
      for (std::size_t k = 0; k < kClasses; ++k) sum += std::exp(static_cast<double>(logits[k * kStride + i]));
      for (std::size_t k = 0; k < kClasses; ++k) {
        const double p = std::exp(static_cast<double>(logits[k * kStride + i])) / sum;
        EXPECT_NEAR(planes[k * kStride + i], p, 1e-6);
        EXPECT_NEAR(sums[k * kStride + i], 1.0 + static_cast<double>(share[i]) * p, 1e-5);
        EXPECT_NEAR(exponentials[k * kStride + i], static_cast<double>(share[i]) * std::exp(p), 1e-4);
      }
    }
    for (std::size_t k = 0; k < kClasses; ++k)
      EXPECT_EQ(planes[k * kStride + kColumns], logits[k * kStride + kColumns]);
  });
}

// Large logits do not overflow.
TEST(ProbabilityRows, SoftmaxTakesTheLargestAway) {
  std::vector<float> planes = {1000.0F, 999.0F, -1000.0F};
  softmax(3, 1, 1, planes.data());
  EXPECT_NEAR(planes[0], 1 / (1 + std::exp(-1.0)), 1e-6);
  EXPECT_EQ(planes[2], 0.0F);
}

}  // namespace
}  // namespace seg::kernels
