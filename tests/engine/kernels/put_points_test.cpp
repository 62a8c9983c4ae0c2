// SPDX-License-Identifier: Apache-2.0
#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"

namespace seg {
namespace {

using testing::KernelCase;
using testing::run_kernels;

TEST(PutPoints, ValuesGoToTheCellsThatPointsLieIn) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    for (const bool in_place : {false, true}) {
      const at::Tensor map = at::randn({2, 3, 4, 5}).to(type).contiguous(at::MemoryFormat::ChannelsLast);
      // Cells (1, 2) and (0, 0) of the first image, (3, 4) and (2, 0) of the second, in x and y.
      const at::Tensor points =
          at::tensor({2.5 / 5, 1.5 / 4, 0.0, 0.0, 4.9 / 5, 3.5 / 4, 0.5 / 5, 2.5 / 4}, type).view({2, 2, 2});
      const at::Tensor values = at::randn({2, 3, 1, 2});
      const at::Tensor result =
          run_kernels({.op = Op::put_points, .inputs = {map, points, values}}, {}, in_place).output;
      at::Tensor expected = map.clone();
      expected[0].select(1, 1).select(1, 2).copy_(values[0].select(1, 0).select(1, 0));
      expected[0].select(1, 0).select(1, 0).copy_(values[0].select(1, 0).select(1, 1));
      expected[1].select(1, 3).select(1, 4).copy_(values[1].select(1, 0).select(1, 0));
      expected[1].select(1, 2).select(1, 0).copy_(values[1].select(1, 0).select(1, 1));
      EXPECT_TRUE(result.equal(expected));
      EXPECT_TRUE(result.is_contiguous(at::MemoryFormat::ChannelsLast));
    }
  }
}

TEST(PutPoints, TakesValuesOfHalfPrecision) {
  const at::Tensor map = at::zeros({1, 3, 1, 2}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor values = at::randn({1, 3, 1, 1}).to(at::kBFloat16);
  const at::Tensor result =
      run_kernels({.op = Op::put_points, .inputs = {map, at::tensor({0.75F, 0.5F}).view({1, 1, 2}), values}}).output;
  EXPECT_TRUE(result.narrow(3, 1, 1).equal(values.to(at::kFloat)));
  EXPECT_EQ(result.narrow(3, 0, 1).abs().max().item<float>(), 0);
}

}  // namespace
}  // namespace seg
