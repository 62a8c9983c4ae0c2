// SPDX-License-Identifier: Apache-2.0
#include "engine/tensors.h"

#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(Tensors, AreFoundByName) {
  const NamedTensors tensors{{"a", at::zeros({1})}, {"b", at::zeros({2})}};
  ASSERT_NE(find_tensor(tensors, "b"), nullptr);
  EXPECT_EQ(find_tensor(tensors, "b")->numel(), 2);
  EXPECT_EQ(find_tensor(tensors, "c"), nullptr);
}

}  // namespace
}  // namespace seg
