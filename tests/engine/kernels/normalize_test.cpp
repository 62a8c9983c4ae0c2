// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg {
namespace {

using testing::Oracle;
using testing::relative_error;

NormalizeOptions options(double scale) {
  return {.mean = {0.3, 0.4, 0.5, 0.6}, .deviation = {0.2, 0.21, 0.22, 0.23}, .scale = scale};
}

TEST(Normalize, EqualsPython) {
  SEG_NEEDS_PYTHON();
  const Oracle& oracle = Oracle::get("ops");
  for (const auto& [name, scale, type] :
       {std::tuple("bytes", 1.0 / 255, at::kByte), {"words", 1.0 / 65535, at::kUInt16}})
    for (const bool composite : {true, false}) {
      const std::string key = std::string("normalize/") + name;
      testing::KernelCase c{.op = Op::normalize,
                            .options = options(scale),
                            .inputs = {oracle.at(key + "/in0").to(type)},
                            .composite = composite};
      c.context.full = c.context.compute = at::kDouble;
      const at::Tensor y = testing::run_kernels(c).output;
      EXPECT_EQ(y.sizes(), oracle.at(key + "/out").sizes());
      EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
      EXPECT_LT(relative_error(y, oracle.at(key + "/out")), 1e-14) << key;
    }
}

}  // namespace
}  // namespace seg
