// SPDX-License-Identifier: Apache-2.0
#include <ATen/core/Tensor.h>
#include <ATen/ops/randint.h>
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"

namespace seg {
namespace {

TEST(NormalizeCpu, GivesTheCompositesBits) {
  for (const auto& [pixels, levels] : {std::pair(at::kByte, 256), std::pair(at::kUInt16, 65536)})
    for (const auto compute : {at::kFloat, at::kBFloat16}) {
      testing::KernelCase c{.op = Op::normalize,
                            .options = NormalizeOptions{.mean = {0.3, 0.4, 0.5},
                                                        .deviation = {0.2, 0.21, 0.22},
                                                        .scale = 1.0 / (levels - 1),
                                                        .to = NumberType::compute},
                            .inputs = {at::randint(0, levels, {2, 33, 65, 3}, at::TensorOptions(at::kInt)).to(pixels)}};
      c.context.compute = compute;
      const at::Tensor ours = testing::run_kernels(c).output;
      c.composite = true;
      const at::Tensor composite = testing::run_kernels(c).output;
      EXPECT_EQ(ours.scalar_type(), compute);
      EXPECT_EQ(ours.strides(), composite.strides());
      EXPECT_TRUE(ours.equal(composite));
    }
}

TEST(NormalizeCpu, HandsOtherLayoutsToTheComposite) {
  const at::Tensor wide = at::randint(0, 256, {1, 8, 16, 3}, at::TensorOptions(at::kByte));
  testing::KernelCase c{.op = Op::normalize,
                        .options = NormalizeOptions{.mean = {0, 0, 0}, .deviation = {1, 1, 1}, .scale = 1},
                        .inputs = {wide.slice(2, 0, 16, 2)}};
  EXPECT_TRUE(testing::run_kernels(c).output.equal(wide.slice(2, 0, 16, 2).permute({0, 3, 1, 2}).to(at::kFloat)));
}

}  // namespace
}  // namespace seg
