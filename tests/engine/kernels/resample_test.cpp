// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/resample.h"

#include <ATen/Context.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/record_function.h>
#include <gtest/gtest.h>

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace seg::kernels {
namespace {

TEST(Resample, HalfPixelCentres) {
  const at::Tensor x = at::tensor({0.0, 4.0}, at::TensorOptions(at::kDouble)).view({1, 1, 1, 2});
  const at::Tensor y = resample(x, {.height = 1, .width = 4});
  EXPECT_TRUE(at::allclose(y.flatten(), at::tensor({0.0, 1.0, 3.0, 4.0}, at::TensorOptions(at::kDouble))));
}

TEST(Resample, AlignedCorners) {
  const at::Tensor x = at::tensor({0.0, 3.0}, at::TensorOptions(at::kDouble)).view({1, 1, 1, 2});
  const at::Tensor y = resample(x, {.height = 1, .width = 4, .align_corners = true});
  EXPECT_TRUE(at::allclose(y.flatten(), at::tensor({0.0, 1.0, 2.0, 3.0}, at::TensorOptions(at::kDouble))));
}

TEST(Resample, TheDerivativeIsTheAdjoint) {
  for (const auto mode : {Interpolation::nearest, Interpolation::bilinear}) {
    const Resampling to{.height = 9, .width = 13, .mode = mode};
    const at::Tensor x = at::randn({2, 3, 4, 5}, at::TensorOptions(at::kDouble));
    const at::Tensor dy = at::randn({2, 3, 9, 13}, at::TensorOptions(at::kDouble));
    const double forward = resample(x, to).mul(dy).sum().item<double>();
    const double backward = resample_vjp(dy, {2, 3, 4, 5}, to).mul(x).sum().item<double>();
    EXPECT_NEAR(forward, backward, 1e-12);
  }
}

TEST(Resample, TheDerivativeAsProductsIsThatOfAten) {
  for (const bool align_corners : {false, true})
    for (const auto& [height, width] : {std::pair<std::int64_t, std::int64_t>{32, 40}, {9, 13}, {4, 5}, {3, 2}}) {
      const Resampling to{.height = height, .width = width, .align_corners = align_corners};
      const at::Tensor dy = at::randn({2, 3, height, width}, at::TensorOptions(at::kDouble));
      const at::Tensor expected = resample_vjp(dy, {2, 3, 4, 5}, to);
      const at::Tensor products = bilinear_vjp_as_products(dy, {2, 3, 4, 5}, to);
      EXPECT_TRUE(at::allclose(products, expected, 1e-12, 1e-12)) << height << " " << align_corners;
      EXPECT_TRUE(products.is_contiguous(at::MemoryFormat::ChannelsLast));
    }
}

TEST(Resample, TheProductsAreInNoShorterNumbersThanTheirFactors) {
  using Precision = at::Float32Precision;
  at::Context& context = at::globalContext();
  const auto set = [&](Precision precision) {
    context.setFloat32Precision(at::Float32Backend::CUDA, at::Float32Op::MATMUL, precision);
  };
  const auto get = [] { return at::globalContext().float32Precision(at::Float32Backend::CUDA, at::Float32Op::MATMUL); };
  static std::vector<Precision> seen;  // by each product
  seen.clear();
  set(Precision::TF32);
  const at::CallbackHandle watch = at::addThreadLocalCallback(
      at::RecordFunctionCallback([](const at::RecordFunction& call) -> std::unique_ptr<at::ObserverContext> {
        if (std::string_view(call.name()) == "aten::matmul")
          seen.push_back(at::globalContext().float32Precision(at::Float32Backend::CUDA, at::Float32Op::MATMUL));
        return nullptr;
      }));
  (void)bilinear_vjp_as_products(at::randn({2, 3, 8, 8}), {2, 3, 4, 5}, {.height = 8, .width = 8});
  at::removeCallback(watch);
  EXPECT_EQ(seen, (std::vector<Precision>{Precision::IEEE, Precision::IEEE}));
  EXPECT_EQ(get(), Precision::TF32);  // all others' are as they were
  set(Precision::IEEE);
}

TEST(Resample, NeverGivesItsOperandBack) {
  const at::Tensor x = at::randn({1, 2, 3, 4}).contiguous(at::MemoryFormat::ChannelsLast);
  EXPECT_NE(resample(x, {.height = 3, .width = 4}).const_data_ptr(), x.const_data_ptr());
}

}  // namespace
}  // namespace seg::kernels
