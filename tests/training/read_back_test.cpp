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

TEST(ReadBack, IsNamedByWhoAsks) {
  const at::Tensor value = at::arange(1);
  const ReadBacks before = read_backs();
  for (int i = 0; i < 3; ++i) (void)read_back(value);
  const int line = __LINE__ - 1;
  (void)read_back(value);
  const ReadBacks between = difference(read_backs(), before);
  EXPECT_EQ(between, (ReadBacks{{"read_back_test.cpp:" + std::to_string(line), 3},
                                {"read_back_test.cpp:" + std::to_string(line + 2), 1}}));
  EXPECT_EQ(total(between), 4);
}

}  // namespace
}  // namespace seg
