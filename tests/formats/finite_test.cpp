// SPDX-License-Identifier: Apache-2.0
#include "formats/finite.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "tests/formats/problem_of.h"

namespace seg {
namespace {

template <class Number>
TensorEntry entry_of(const std::vector<Number>& numbers, TensorType type, std::string name = "w") {
  return {.name = std::move(name),
          .type = type,
          .shape = {static_cast<std::int64_t>(numbers.size())},
          .data = std::as_bytes(std::span(numbers))};
}

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();

TEST(Finite, CountsNanAndInfinityOfFloats) {
  const std::vector<float> floats = {
      0, -0.0F, kNan, kInf, -kInf, std::numeric_limits<float>::max(), std::numeric_limits<float>::denorm_min(), -kNan};
  EXPECT_EQ(count_not_finite(entry_of(floats, TensorType::f32)), 4);
  const std::vector<double> doubles = {1e300, std::numeric_limits<double>::signaling_NaN(), -HUGE_VAL};
  EXPECT_EQ(count_not_finite(entry_of(doubles, TensorType::f64)), 2);
  EXPECT_EQ(count_not_finite(entry_of(std::vector<float>{}, TensorType::f32)), 0);
}

// By the formats: 65504 is the largest float16; bfloat16 is the upper half of a float32.
TEST(Finite, CountsThemInShortFloats) {
  EXPECT_EQ(count_not_finite(
                entry_of(std::vector<std::uint16_t>{0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7E01, 0x0001}, TensorType::f16)),
            3);
  std::vector<std::uint16_t> upper_halves;
  for (const float number : {1.5F, kNan, -kInf, std::numeric_limits<float>::max()})
    upper_halves.push_back(static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(number) >> 16));
  EXPECT_EQ(count_not_finite(entry_of(upper_halves, TensorType::bf16)), 2);
}

TEST(Finite, WholeNumbersAlwaysAre) {
  const std::vector<std::int64_t> ones(3, -1);
  for (const TensorType type : {TensorType::i64, TensorType::u64}) EXPECT_EQ(count_not_finite(entry_of(ones, type)), 0);
}

TEST(Finite, ReadsNumbersThatAreNotAligned) {
  std::vector<std::byte> bytes(9);
  std::memcpy(bytes.data() + 1, &kNan, 4);
  const TensorEntry entry{.name = "w", .type = TensorType::f32, .shape = {2}, .data = std::span(bytes).subspan(1)};
  EXPECT_EQ(count_not_finite(entry), 1);
}

TEST(Finite, AFileIsRefusedByItsNameItsTensorsAndHowMany) {
  const std::vector<float> good = {1, 2}, bad = {kNan, 2, kInf};
  std::vector<TensorEntry> tensors = {entry_of(good, TensorType::f32, "good")};
  EXPECT_NO_THROW(require_finite(tensors, "file"));
  for (const char* name : {"a", "b", "c", "d", "e"}) tensors.push_back(entry_of(bad, TensorType::f32, name));
  testing::expect_problem([&] { require_finite(tensors, "my.pth"); },
                          R"("a" (2 of 3); "b" (2 of 3); "c" (2 of 3); and 2 tensors more)");
}

}  // namespace
}  // namespace seg
