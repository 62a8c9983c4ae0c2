// SPDX-License-Identifier: Apache-2.0
#include "formats/tensor_entry.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <stdexcept>

namespace seg {
namespace {

using Shape = std::vector<std::int64_t>;

TEST(TensorEntry, TypesHaveNamesAndSizes) {
  EXPECT_EQ(name_of(TensorType::bf16), "BF16");
  EXPECT_EQ(tensor_type_named("I64"), TensorType::i64);
  EXPECT_EQ(tensor_type_named("I65"), std::nullopt);
  EXPECT_EQ(bytes_of(TensorType::f16), 2);
}

TEST(TensorEntry, SizesAreCountedWithoutOverflow) {
  constexpr std::int64_t kLarge = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(bytes_of(TensorType::f32, Shape{2, 3}), 24);
  EXPECT_EQ(bytes_of(TensorType::f32, Shape{}), 4);
  EXPECT_EQ(bytes_of(TensorType::f32, Shape{2, 0}), 0);
  EXPECT_EQ(bytes_of(TensorType::f32, Shape{-1}), std::nullopt);
  EXPECT_EQ(bytes_of(TensorType::f32, Shape{kLarge}), std::nullopt);
  EXPECT_EQ(bytes_of(TensorType::u8, Shape{kLarge, kLarge, 0}), std::nullopt);  // its strides would overflow
}

TEST(TensorEntry, EntriesForWritingMustBeSound) {
  const std::array<std::byte, 8> data{};
  const TensorEntry pair{.name = "a", .type = TensorType::f32, .shape = {2}, .data = data};
  TensorEntry wrong = pair;
  wrong.shape = {3};
  EXPECT_NO_THROW(check_names_and_shapes(std::array{pair}));
  EXPECT_THROW(check_names_and_shapes(std::array{pair, pair}), std::logic_error);
  EXPECT_EQ(TensorSource(std::array{pair}).bytes(0).data(), data.data());
  const std::array entries{wrong};
  EXPECT_THROW((void)TensorSource(entries).bytes(0), std::logic_error);
  wrong.shape = {-1};
  EXPECT_THROW(check_names_and_shapes(std::array{wrong}), std::logic_error);
  EXPECT_EQ(find_entry(std::array{pair}, "b"), nullptr);
}

TEST(TensorEntry, HostileTextsAreShownShortAndPlain) {
  EXPECT_EQ(shown("a\"b\n"), R"("a\"b\n")");
  EXPECT_EQ(shown("\x1b[2J\xff").find('\x1b'), std::string::npos);
  EXPECT_LT(shown(std::string(100'000, 'x')).size(), 100u);
  EXPECT_EQ(shape_text(Shape{2, 3}), "[2, 3]");
  EXPECT_EQ(shape_text(Shape{}), "[]");
}

}  // namespace
}  // namespace seg
