// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/class_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/random.h"

namespace seg::kernels {
namespace {

std::vector<float> random_values(std::int64_t count, std::uint64_t seed) {
  Random random(seed, RandomStream::synthetic, 1);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = static_cast<float>(random.normal());
  return values;
}

TEST(ClassRows, WidenIsTheFormula) {
  const std::int64_t classes = 3, columns = 4, width = 5;
  const std::vector<float> logits = random_values(columns * classes, 1);
  const std::vector<std::int32_t> left = {0, 0, 1, 3, 3}, right = {1, 1, 2, 3, 3};
  const std::vector<float> t = {0.0F, 0.25F, 0.5F, 0.75F, 1.0F};
  std::vector<float> planes(static_cast<std::size_t>(classes * width));
  widen({.num_classes = classes, .width = width, .left = left.data(), .right = right.data(), .t = t.data()},
        logits.data(), planes.data());
  for (std::size_t k = 0; k < 3; ++k)
    for (std::size_t x = 0; x < 5; ++x) {
      const float a = logits[static_cast<std::size_t>(left[x]) * 3 + k];
      const float b = logits[static_cast<std::size_t>(right[x]) * 3 + k];
      EXPECT_NEAR(planes[k * 5 + x], a + (b - a) * t[x], 1e-6);
    }
}

// Whole blocks of pixels and what is left behind them.
TEST(ClassRows, TheLargestWinsWhateverTheWidth) {
  for (const std::int64_t width : {1, 31, 32, 33, 100})
    for (const std::int64_t classes : {1, 2, 19, 256}) {
      const std::vector<float> upper = random_values(classes * width, 3), lower = random_values(classes * width, 4);
      std::vector<std::uint8_t> chosen(static_cast<std::size_t>(width));
      const float t = 0.3F;
      choose_classes({.num_classes = classes, .width = width, .upper = upper.data(), .lower = lower.data(), .t = t},
                     chosen.data());
      for (std::int64_t x = 0; x < width; ++x) {
        const auto value = [&](std::int64_t k) {
          const auto at = static_cast<std::size_t>(k * width + x);
          return static_cast<double>(upper[at]) * 0.7 + static_cast<double>(lower[at]) * 0.3;
        };
        const double best = value(chosen[static_cast<std::size_t>(x)]);
        for (std::int64_t k = 0; k < classes; ++k) ASSERT_GE(best, value(k) - 1e-6) << width << " " << classes;
      }
    }
}

TEST(ClassRows, OfEqualOnesTheFirstWinsAndNoNumberNever) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> rows = {nan, 1.0F, 2.0F, 1.0F, 2.0F, 0.0F};  // three classes of two pixels
  std::vector<std::uint8_t> chosen(2);
  choose_classes({.num_classes = 3, .width = 2, .upper = rows.data(), .lower = rows.data(), .t = 0.5F}, chosen.data());
  EXPECT_EQ(chosen, (std::vector<std::uint8_t>{1, 0}));
}

}  // namespace
}  // namespace seg::kernels
