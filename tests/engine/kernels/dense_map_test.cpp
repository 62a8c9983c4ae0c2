// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/dense_map.h"

#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

namespace seg::kernels {
namespace {

TEST(DenseMap, AnEmptyMapIsOneOfTheOthersType) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const at::Tensor map = empty_map({2, 3, 4, 5}, at::empty({1}, at::TensorOptions(type)));
    EXPECT_EQ(map.sizes(), (at::IntArrayRef{2, 3, 4, 5}));
    EXPECT_EQ(map.scalar_type(), type);
    EXPECT_TRUE(is_dense_map(map));
  }
}

TEST(DenseMap, IsChannelsLastOfOneOfTwoTypesAndNotEmpty) {
  EXPECT_FALSE(is_dense_map(at::empty({2, 3, 4, 5})));
  EXPECT_FALSE(is_dense_map(empty_map({2, 3, 4, 5}, at::empty({1}, at::TensorOptions(at::kDouble)))));
  EXPECT_FALSE(is_dense_map(empty_map({0, 3, 4, 5}, at::empty({1}))));
}

}  // namespace
}  // namespace seg::kernels
