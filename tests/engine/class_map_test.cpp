// SPDX-License-Identifier: Apache-2.0
#include "engine/class_map.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "engine/full_resolution.h"

namespace seg {
namespace {

at::Tensor logits(at::IntArrayRef shape, at::ScalarType type = at::kFloat) {
  return at::randn(shape).to(type).contiguous(at::MemoryFormat::ChannelsLast);
}

// Each pixel's class has the largest logit there is, but for rounding.
void expect_largest(const at::Tensor& values, const UpsampleRule& rule, std::int64_t height, std::int64_t width) {
  const Output output{.name = "logits", .upsample = rule};
  const at::Tensor classes = class_map(values, output, height, width);
  ASSERT_EQ(classes.scalar_type(), at::kByte);
  ASSERT_EQ(classes.sizes(), (std::vector<std::int64_t>{values.size(0), height, width}));
  const at::Tensor full = full_resolution(values.to(at::kDouble), output, height, width);
  const at::Tensor chosen = full.gather(1, classes.to(at::kLong).unsqueeze(1)).squeeze(1);
  EXPECT_LT(at::amax(full, 1).sub(chosen).max().item<double>(), 1e-5);
}

TEST(ClassMap, IsTheArgmaxOfTheEnlargedLogits) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const bool align_corners : {false, true})
      expect_largest(logits({2, 19, 5, 7}, type), {.factor = 8, .align_corners = align_corners}, 40, 56);
    expect_largest(logits({1, 3, 4, 4}, type), {.factor = 2, .mode = Interpolation::nearest}, 8, 8);
    expect_largest(logits({1, 171, 1, 1}, type), {.factor = 8}, 8, 8);
    expect_largest(logits({1, 2, 6, 5}, type), {.factor = 1}, 6, 5);
    expect_largest(logits({1, 2, 6, 5}, type), {.factor = 3}, 17, 14);  // another size than the factor's
  }
}

TEST(ClassMap, OtherLayoutsAndTypesGoByTheComposite) {
  const Output output{.name = "logits", .upsample = {.factor = 4}};
  const at::Tensor values = at::randn({1, 5, 6, 6}, at::TensorOptions(at::kDouble));
  const at::Tensor expected = at::argmax(full_resolution(values, output, 24, 24), 1).to(at::kByte);
  EXPECT_TRUE(class_map(values, output, 24, 24).equal(expected));
  EXPECT_TRUE(class_map(at::randn({1, 300, 2, 2}), output, 8, 8).numel() == 64);
}

TEST(ClassMap, AnyNumberOfThreadsGivesTheSameClasses) {
  const Output output{.name = "logits", .upsample = {.factor = 8}};
  const at::Tensor values = logits({2, 19, 9, 8});
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor expected = class_map(values, output, 72, 64);
  at::set_num_threads(3);
  EXPECT_TRUE(class_map(values, output, 72, 64).equal(expected));
  at::set_num_threads(threads);
}

}  // namespace
}  // namespace seg
