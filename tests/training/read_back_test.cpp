// SPDX-License-Identifier: Apache-2.0
#include "training/read_back.h"

#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(ReadBack, GivesNumbersRowByRowWhateverTheirLayoutInMemory) {
  const at::Tensor columns = at::arange(6, at::TensorOptions(at::kLong)).view({3, 2}).t();  // [2,3], strided
  EXPECT_EQ(read_back(columns), (std::vector<double>{0, 2, 4, 1, 3, 5}));
}

TEST(ReadBack, CountsEachCall) {
  const at::Tensor value = at::arange(1);
  const std::int64_t before = num_read_backs();
  (void)read_back(value);
  (void)read_back(value);
  EXPECT_EQ(num_read_backs(), before + 2);
}

}  // namespace
}  // namespace seg
