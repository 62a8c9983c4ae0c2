// SPDX-License-Identifier: Apache-2.0
#include "engine/full_resolution.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "engine/kernels/resample.h"

namespace seg {
namespace {

TEST(FullResolution, EnlargesByTheOutputsRule) {
  const at::Tensor logits = at::randn({2, 3, 4, 6});
  for (const auto mode : {Interpolation::nearest, Interpolation::bilinear})
    for (const bool corners : {false, true}) {
      const Output output{.name = "logits", .upsample = {.factor = 8, .mode = mode, .align_corners = corners}};
      const at::Tensor full = full_resolution(logits, output, 32, 48);
      EXPECT_TRUE(
          full.equal(kernels::resample(logits, {.height = 32, .width = 48, .mode = mode, .align_corners = corners})));
    }
}

TEST(FullResolution, GivesFp32WhateverTheNetworkComputedIn) {
  const at::Tensor logits = at::randn({1, 3, 4, 6}).to(at::kBFloat16);
  EXPECT_EQ(full_resolution(logits, {}, 8, 12).scalar_type(), at::kFloat);
  EXPECT_TRUE(full_resolution(logits, {}, 4, 6).equal(logits.to(at::kFloat)));
}

}  // namespace
}  // namespace seg
