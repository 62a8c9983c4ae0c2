// SPDX-License-Identifier: Apache-2.0
#include "evaluation/levels.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(Levels, OfTheSizeStayBytesAndOthersLieBetween) {
  const at::Tensor image = at::randint(0, 256, {2, 3, 4, 3}).to(at::kByte);
  EXPECT_EQ(resized_levels(image, {3, 4}, false).scalar_type(), at::kByte);
  const at::Tensor larger = resized_levels(image, {6, 8}, false);
  EXPECT_EQ(larger.scalar_type(), at::kFloat);
  EXPECT_EQ(larger.sizes(), (at::IntArrayRef{2, 6, 8, 3}));
  const at::Tensor expected =
      at::upsample_bilinear2d(image.to(at::kFloat).permute({0, 3, 1, 2}).contiguous(), {6, 8}, false);
  EXPECT_TRUE(at::allclose(larger.permute({0, 3, 1, 2}), expected, 1e-6, 1e-3));
}

TEST(Levels, OfSixteenBitsAreExact) {
  const at::Tensor image = at::full({1, 2, 2, 3}, -1536, at::kShort).view(at::kUInt16);  // 64000
  const at::Tensor levels = resized_levels(image, {2, 2}, true);
  EXPECT_EQ(levels.scalar_type(), at::kFloat);
  EXPECT_EQ(levels.min().item<float>(), 64000.0F);
}

}  // namespace
}  // namespace seg
