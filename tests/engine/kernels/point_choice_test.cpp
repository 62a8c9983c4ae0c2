// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/point_choice.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "engine/kernels/dropout.h"
#include "tests/engine/support/kernel_case.h"

namespace seg {
namespace {

using testing::KernelCase;
using testing::run_kernels;

const std::vector<std::uint64_t> kSamples = {7, 1ULL << 40};
constexpr std::int64_t kClasses = 4, kHeight = 5, kWidth = 9;

KernelCase points_case(const ChoosePointsOptions& options) {
  at::manual_seed(4);
  KernelCase c{.op = Op::choose_points,
               .options = options,
               .inputs = {at::randn({2, kClasses, kHeight, kWidth}, at::kDouble)},
               .name = "point_head.points"};
  c.inputs[0] = c.inputs[0].contiguous(at::MemoryFormat::ChannelsLast);
  c.context.full = at::kDouble;
  c.context.dropout_seed = 5;
  c.context.sample_numbers = kSamples;
  return c;
}

// By the definition, with a hat around each cell's centre.
double margin_at(const at::Tensor& logits, double x, double y, PointPadding padding) {
  const auto hat = [&](double place, std::int64_t cell, std::int64_t extent) {
    double u = place * static_cast<double>(extent) - 0.5;
    if (padding == PointPadding::border) u = std::clamp(u, 0.0, static_cast<double>(extent - 1));
    return std::max(0.0, 1.0 - std::abs(u - static_cast<double>(cell)));
  };
  std::vector<double> values(kClasses);
  for (std::int64_t k = 0; k < kClasses; ++k)
    for (std::int64_t row = 0; row < kHeight; ++row)
      for (std::int64_t column = 0; column < kWidth; ++column)
        values[static_cast<std::size_t>(k)] +=
            hat(x, column, kWidth) * hat(y, row, kHeight) * logits[k][row][column].item<double>();
  std::ranges::sort(values, std::greater<>());
  return values[0] - values[1];
}

TEST(PointChoiceOfLogits, KeepsTheLeastCertainCandidatesAndAddsUniformOnes) {
  for (const PointPadding padding : {PointPadding::zeros, PointPadding::border}) {
    const ChoosePointsOptions o{.candidates = 60, .uncertain = 15, .uniform = 5, .padding = padding};
    const KernelCase c = points_case(o);
    const at::Tensor points = run_kernels(c).output;
    ASSERT_EQ(points.sizes(), (std::vector<std::int64_t>{2, 20, 2}));
    for (std::int64_t n = 0; n < 2; ++n) {
      const kernels::DropoutKey key =
          kernels::dropout_key(5, "point_head.points", kSamples[static_cast<std::size_t>(n)]);
      const auto drawn = [&](std::int64_t point, std::int64_t axis) {
        return (kernels::dropout_bits(key, static_cast<std::uint32_t>(2 * point + axis)) >> 8) / 16777216.0;
      };
      std::vector<std::int64_t> order(60);
      std::iota(order.begin(), order.end(), 0);
      std::vector<double> margins;
      for (const std::int64_t i : order)
        margins.push_back(margin_at(c.inputs[0][n], drawn(i, 0), drawn(i, 1), padding));
      std::ranges::sort(order, {}, [&](std::int64_t i) { return margins[static_cast<std::size_t>(i)]; });
      order.resize(15);
      std::ranges::sort(order);
      for (std::int64_t i = 60; i < 65; ++i) order.push_back(i);
      for (std::int64_t i = 0; i < 20; ++i)
        for (const std::int64_t axis : {0, 1})
          ASSERT_EQ(points[n][i][axis].item<double>(), drawn(order[static_cast<std::size_t>(i)], axis));
    }
  }
}

TEST(PointChoiceOfLogits, OfPointsThatAreAlikeTheFirstAreKeptAndGivenOnesFollow) {
  KernelCase c = points_case({.candidates = 50, .uncertain = 50});
  const at::Tensor all = run_kernels(c).output;
  EXPECT_TRUE(all.ge(0).logical_and(all.lt(1)).all().item<bool>());
  c.options = ChoosePointsOptions{.candidates = 50, .uncertain = 8, .uniform = 0, .padding = PointPadding::border};
  c.inputs[0].fill_(1.5);
  c.inputs.push_back(at::rand({2, 3, 2}, at::kDouble));
  const at::Tensor points = run_kernels(c).output;
  EXPECT_TRUE(points.narrow(1, 0, 8).equal(all.narrow(1, 0, 8)));
  EXPECT_TRUE(points.narrow(1, 8, 3).equal(c.inputs[1]));
}

TEST(PointChoiceOfLogits, CellsAreTheCentresWhereItIsLeastClear) {
  at::manual_seed(6);
  KernelCase c{.op = Op::choose_cells,
               .options = ChooseCellsOptions{},
               .inputs = {at::randn({2, kClasses, kHeight, kWidth}, at::kDouble)},
               .output_shape = {2, 11, 2}};
  c.context.full = at::kDouble;
  c.inputs[0].narrow(3, 0, 4).copy_(c.inputs[0].narrow(3, 0, 1).expand({2, kClasses, kHeight, 4}));  // ties
  const at::Tensor points = run_kernels(c).output;
  for (std::int64_t n = 0; n < 2; ++n) {
    std::vector<std::pair<double, std::int64_t>> cells;
    for (std::int64_t i = 0; i < kHeight * kWidth; ++i) {
      std::vector<double> values;
      for (std::int64_t k = 0; k < kClasses; ++k)
        values.push_back(c.inputs[0][n][k][i / kWidth][i % kWidth].item<double>());
      std::ranges::sort(values, std::greater<>());
      cells.emplace_back(values[0] - values[1], i);
    }
    std::ranges::sort(cells);
    std::vector<std::int64_t> expected;
    for (std::size_t i = 0; i < 11; ++i) expected.push_back(cells[i].second);
    std::ranges::sort(expected);
    for (std::int64_t i = 0; i < 11; ++i) {
      const auto cell = static_cast<double>(expected[static_cast<std::size_t>(i)]);
      EXPECT_DOUBLE_EQ(points[n][i][0].item<double>(), (std::fmod(cell, kWidth) + 0.5) / kWidth);
      EXPECT_DOUBLE_EQ(points[n][i][1].item<double>(), (std::floor(cell / kWidth) + 0.5) / kHeight);
    }
  }
}

}  // namespace
}  // namespace seg
