// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/loss_columns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "engine/kernels/axis.h"

namespace seg::kernels {
namespace {

// What a pixel's logits are of, when logits are any line of numbers.
std::vector<double> line(std::int64_t from) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < from; ++i) values.push_back(static_cast<double>(i * i % 17));
  return values;
}

void expect_every_pixel_once(std::int64_t from, std::int64_t to, const UpsampleRule& rule) {
  const LossColumns columns = loss_columns(from, to, rule);
  const AxisTable<float> axis = axis_table<float>(from, to, rule.mode, rule.align_corners);
  const std::vector<double> values = line(from);
  const auto at = [&](std::int64_t i) { return values.at(static_cast<std::size_t>(i)); };
  std::vector<int> seen(static_cast<std::size_t>(to));
  ASSERT_EQ(std::ssize(columns.x), columns.num_slots * kLossCells);
  for (std::size_t g = 0; g < columns.groups.size(); ++g)
    for (std::int64_t slot = 0; slot < columns.groups[g].num_slots; ++slot)
      for (std::int64_t lane = 0; lane < kLossCells; ++lane) {
        const auto i = static_cast<std::size_t>((columns.groups[g].first_slot + slot) * kLossCells + lane);
        const std::int64_t cell = static_cast<std::int64_t>(g) * kLossCells + lane;
        const std::int32_t x = columns.x[i];
        if (x < 0) continue;
        ++seen.at(static_cast<std::size_t>(x));
        ASSERT_LT(cell, from);
        const auto t = static_cast<double>(columns.t[i]);
        const auto ux = static_cast<std::size_t>(x);
        const auto expected_t = static_cast<double>(axis.t[ux]);
        const double expected = at(axis.left[ux]) * (1 - expected_t) + at(axis.right[ux]) * expected_t;
        EXPECT_NEAR(at(cell) * (1 - t) + at((cell + 1) % from) * t, expected, 1e-6) << from << " " << to << " " << x;
      }
  EXPECT_TRUE(std::ranges::all_of(seen, [](int count) { return count == 1; })) << from << " " << to;
}

TEST(LossColumns, EveryPixelIsInOnePlaceAndBetweenItsTwoCells) {
  for (const std::int64_t from : {1, 2, 3, 15, 16, 17, 40})
    for (const std::int64_t factor : {1, 2, 3, 5, 8, 32})
      for (const auto mode : {Interpolation::bilinear, Interpolation::nearest})
        for (const bool corners : {false, true})
          expect_every_pixel_once(from, from * factor, {.factor = factor, .mode = mode, .align_corners = corners});
  expect_every_pixel_once(7, 50, {});  // no whole factor
  expect_every_pixel_once(20, 7, {});  // less
}

TEST(LossColumns, NoLaneIsIdleWhereCellsFillTheGroups) {
  for (const std::int64_t factor : {2, 4, 8, 16, 32}) {
    const LossColumns columns = loss_columns(32, 32 * factor, {.factor = factor});
    EXPECT_EQ(columns.num_slots, 2 * factor);
    EXPECT_EQ(std::ranges::count(columns.x, -1), 0);
  }
}

}  // namespace
}  // namespace seg::kernels
