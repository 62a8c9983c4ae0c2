// SPDX-License-Identifier: Apache-2.0
#include "evaluation/levels.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/upsample_bilinear2d.h>
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

TEST(Levels, OnColourLieWhereTheyAreToldAndTheRestIsTheColour) {
  const at::Tensor colour = at::tensor({1.75, 40000.5});
  for (const auto type : {at::kByte, at::kUInt16, at::kFloat}) {
    const at::Tensor image =
        at::full({1, 2, 3, 2}, 7, at::kInt).to(at::kShort).to(type == at::kUInt16 ? at::kShort : type);
    const at::Tensor images = type == at::kUInt16 ? image.view(at::kUInt16) : image;
    const at::Tensor found = on_colour(images, {4, 5}, colour, {1, 2});
    EXPECT_EQ(found.scalar_type(), type);
    const at::Tensor numbers = found.to(at::kInt).to(at::kDouble);
    EXPECT_EQ(numbers.sizes(), (at::IntArrayRef{1, 4, 5, 2}));
    EXPECT_TRUE(numbers.narrow(1, 1, 2).narrow(2, 2, 3).eq(7).all().item<bool>());
    EXPECT_EQ(numbers.eq(7).sum().item<int>(), 2 * 3 * 2);
    EXPECT_EQ(found[0][3][4][0].to(at::kFloat).item<float>(), type == at::kFloat ? 1.75F : 1.0F);
    if (type != at::kByte) {
      EXPECT_EQ(numbers[0][0][0][1].item<double>(), 40000);
    }
  }
}

}  // namespace
}  // namespace seg
