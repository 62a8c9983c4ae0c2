// SPDX-License-Identifier: Apache-2.0
#include "formats/torch_storage.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace seg {
namespace {

constexpr std::int64_t kLarge = std::numeric_limits<std::int64_t>::max();
const std::array<std::byte, 6> kStorage = {std::byte{0}, std::byte{1}, std::byte{2},
                                           std::byte{3}, std::byte{4}, std::byte{5}};

std::vector<int> numbers_of(std::span<const std::byte> bytes) {
  std::vector<int> numbers;
  for (const std::byte byte : bytes) numbers.push_back(static_cast<int>(byte));
  return numbers;
}

TEST(TorchStorage, TypesHaveTorchsNames) {
  EXPECT_EQ(storage_type("torch.BFloat16Storage"), TensorType::bf16);
  EXPECT_EQ(storage_type("FloatStorage"), std::nullopt);
  EXPECT_EQ(storage_type("torch.UntypedStorage"), std::nullopt);
  EXPECT_EQ(storage_name(TensorType::boolean), "BoolStorage");
  EXPECT_EQ(storage_name(TensorType::u16), std::nullopt);
}

TEST(TorchStorage, ShowsRowMajorNumbersWhereTheyLie) {
  const StridedLayout row{.offset = 2, .shape = {1, 2, 2}, .strides = {77, 2, 1}};  // a side of 1 may have any stride
  EXPECT_EQ(row.problem_in(TensorType::u8, 6), "");
  const auto data = row.row_major_data(TensorType::u8, kStorage);
  ASSERT_TRUE(data);
  EXPECT_EQ(data->data(), kStorage.data() + 2);
  EXPECT_EQ(data->size(), 4u);
  const StridedLayout empty{.offset = 6, .shape = {0, 4}, .strides = {9, 9}};
  EXPECT_EQ(empty.problem_in(TensorType::u8, 6), "");
  EXPECT_TRUE(empty.row_major_data(TensorType::u8, kStorage)->empty());
}

TEST(TorchStorage, PutsOtherNumbersInOrder) {
  const StridedLayout transposed{.offset = 0, .shape = {3, 2}, .strides = {1, 3}};
  EXPECT_FALSE(transposed.row_major_data(TensorType::u8, kStorage));
  EXPECT_EQ(numbers_of(transposed.gathered(TensorType::u8, kStorage)), (std::vector<int>{0, 3, 1, 4, 2, 5}));
  const StridedLayout repeated{.offset = 5, .shape = {3}, .strides = {0}};
  EXPECT_EQ(numbers_of(repeated.gathered(TensorType::u8, kStorage)), (std::vector<int>{5, 5, 5}));
  const StridedLayout wide{.offset = 1, .shape = {2}, .strides = {1}};
  EXPECT_EQ(numbers_of(wide.gathered(TensorType::i16, kStorage)), (std::vector<int>{2, 3, 4, 5}));
  const StridedLayout far{.offset = 0, .shape = {2, 1}, .strides = {2, kLarge}};
  EXPECT_EQ(far.problem_in(TensorType::u8, 6), "");
  EXPECT_EQ(numbers_of(far.gathered(TensorType::u8, kStorage)), (std::vector<int>{0, 2}));
}

TEST(TorchStorage, FindsWhatLeavesTheStorageWithoutOverflow) {
  const auto has_problem = [](const StridedLayout& layout) { return !layout.problem_in(TensorType::f32, 6).empty(); };
  EXPECT_FALSE(has_problem({.offset = 4, .shape = {2}, .strides = {1}}));
  EXPECT_TRUE(has_problem({.offset = 5, .shape = {2}, .strides = {1}}));
  EXPECT_TRUE(has_problem({.offset = -1, .shape = {2}, .strides = {1}}));
  EXPECT_TRUE(has_problem({.offset = 0, .shape = {2}, .strides = {-1}}));
  EXPECT_TRUE(has_problem({.offset = 0, .shape = {-2}, .strides = {1}}));
  EXPECT_TRUE(has_problem({.offset = 0, .shape = {2}, .strides = {}}));
  EXPECT_TRUE(has_problem({.offset = kLarge, .shape = {2}, .strides = {1}}));
  EXPECT_TRUE(has_problem({.offset = 0, .shape = {3, 3}, .strides = {kLarge / 2, kLarge / 2}}));
  EXPECT_TRUE(has_problem({.offset = 0, .shape = {kLarge, 2}, .strides = {0, 0}}));
  EXPECT_TRUE(has_problem({.offset = 7, .shape = {0}, .strides = {1}}));
}

}  // namespace
}  // namespace seg
