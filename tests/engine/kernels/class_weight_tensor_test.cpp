// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/class_weight_tensor.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace seg::kernels {
namespace {

TEST(ClassWeightTensor, IsMadeAnewOnlyForOtherWeightsOrAnotherType) {
  const at::Tensor first = class_weight_tensor({1, 2.5}, at::TensorOptions(at::kFloat));
  EXPECT_TRUE(first.equal(at::tensor({1.0F, 2.5F})));
  EXPECT_TRUE(class_weight_tensor({1, 2.5}, at::TensorOptions(at::kFloat)).is_same(first));
  EXPECT_EQ(class_weight_tensor({1, 2.5}, at::TensorOptions(at::kDouble)).scalar_type(), at::kDouble);
  EXPECT_EQ(class_weight_tensor({3}, at::TensorOptions(at::kDouble)).item<double>(), 3);
}

}  // namespace
}  // namespace seg::kernels
