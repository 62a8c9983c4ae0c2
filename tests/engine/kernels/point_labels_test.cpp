// SPDX-License-Identifier: Apache-2.0
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"

namespace seg {
namespace {

// A row of labels 0 to 7 and one of 10 to 17.
at::Tensor labels_at(const std::vector<float>& coordinates) {
  const at::Tensor row = at::arange(8, at::kByte);
  const at::Tensor points = at::tensor(coordinates).view({1, -1, 2});
  return testing::run_kernels({.op = Op::point_labels, .inputs = {at::stack({row, row.add(10)}).unsqueeze(0), points}})
      .output;
}

TEST(PointLabels, AreThoseOfTheNearestPixel) {
  const at::Tensor labels = labels_at({0.06F, 0.2F, 0.19F, 0.9F, 0.9999F, 0.3F, 0.0F, 0.0F});
  EXPECT_EQ(labels.sizes(), (std::vector<std::int64_t>{1, 1, 4}));
  EXPECT_EQ(labels.scalar_type(), at::kByte);
  EXPECT_TRUE(labels.flatten().equal(at::tensor({0, 11, 7, 0}, at::kByte)));
}

// At the edge between two pixels the even one is meant, as where a map is sampled by its nearest pixels.
TEST(PointLabels, OfTwoEquallyNearPixelsTheEvenOneCounts) {
  const at::Tensor labels = labels_at({1 / 8.0F, 0, 2 / 8.0F, 0, 3 / 8.0F, 0, 4 / 8.0F, 0, 0, 0.5F, 1.0F, 1.0F});
  EXPECT_TRUE(labels.flatten().equal(at::tensor({0, 2, 2, 4, 0, 17}, at::kByte)));
}

}  // namespace
}  // namespace seg
