// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/kernels.h"

#include <gtest/gtest.h>

#include "graph/derivative.h"

namespace seg {
namespace {

Options options_for(Op op) {
  switch (op) {
    case Op::batch_norm: return BatchNormOptions{};
    case Op::add:
    case Op::mul: return ElementwiseOptions{};
    case Op::upsample: return UpsampleOptions{};
    default: return {};
  }
}

TEST(Kernels, EveryOperationThatComputesHasThem) {
  for (int i = 0; i <= static_cast<int>(Op::loss); ++i) {
    const Op op = static_cast<Op>(i);
    if (op == Op::input || op == Op::parameter) continue;
    EXPECT_NE(kernels_of(op).forward, nullptr) << name_of(op);
    const Derivative derivative = derivative_of({.op = op, .name = "x", .inputs = {}, .options = options_for(op)});
    const bool needs_product = derivative.differentiable != 0 && !derivative.makes_gradient;
    EXPECT_EQ(kernels_of(op).vjp != nullptr, needs_product) << name_of(op);
  }
}

TEST(Kernels, NumberTypesFollowTheRun) {
  const KernelContext context{.full = at::kDouble, .compute = at::kBFloat16};
  EXPECT_EQ(scalar_type(NumberType::full, context), at::kDouble);
  EXPECT_EQ(scalar_type(NumberType::compute, context), at::kBFloat16);
  EXPECT_EQ(scalar_type(NumberType::word, context), at::kUInt16);
}

}  // namespace
}  // namespace seg
