// SPDX-License-Identifier: Apache-2.0
#include "engine/collectives.h"

#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(Collectives, OneProcessKeepsItsNumbers) {
  const std::unique_ptr<Collectives> one = single_process();
  EXPECT_EQ(one->rank(), 0);
  EXPECT_EQ(one->size(), 1);
  const at::Tensor x = at::arange(5);
  one->all_reduce_sum(x);
  one->broadcast(x, 0);
  one->barrier();
  EXPECT_TRUE(x.equal(at::arange(5)));
}

}  // namespace
}  // namespace seg
