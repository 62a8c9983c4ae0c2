// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/keyed_bits.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "engine/kernels/dropout.h"

namespace seg::kernels {
namespace {

at::Tensor bits_of(const std::vector<std::uint64_t>& samples, const at::Tensor& positions) {
  const Node node{.op = Op::choose_points, .name = "head.points", .inputs = {0}, .output = 1, .options = {}};
  const std::vector<Shape> shapes{{2, 3, 4, 5}, {}};
  const KernelContext context{.dropout_seed = 9, .sample_numbers = samples};
  return keyed_bits({node, {}, shapes, {}, false, context}, positions);
}

TEST(KeyedBits, AreThoseOfThePositionAndTheSample) {
  const at::Tensor positions = at::arange(1000, at::kLong).mul(4'000'037).view({1, 10, 50, 2});
  const std::vector<std::uint64_t> samples{7, std::uint64_t{1} << 40};
  const at::Tensor bits = bits_of(samples, positions).flatten(1);
  ASSERT_EQ(bits.sizes(), (std::vector<std::int64_t>{2, 1000}));
  for (std::int64_t n = 0; n < 2; ++n) {
    const DropoutKey key = dropout_key(9, "head.points", samples[static_cast<std::size_t>(n)]);
    for (std::int64_t i = 0; i < 1000; ++i)
      ASSERT_EQ(bits[n][i].item<std::int64_t>(), dropout_bits(key, static_cast<std::uint32_t>(i * 4'000'037)));
  }
}

TEST(KeyedBits, NeedASampleNumberForEachImage) {
  EXPECT_THROW(bits_of({7}, at::arange(4, at::kLong).view({1, 1, 2, 2})), std::logic_error);
}

}  // namespace
}  // namespace seg::kernels
