// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/axis.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "engine/kernels/resample.h"

namespace seg::kernels {
namespace {

std::vector<double> interpolated(const AxisTable<double>& table, const std::vector<double>& x) {
  std::vector<double> result;
  for (std::size_t i = 0; i < table.t.size(); ++i) {
    const double left = x[static_cast<std::size_t>(table.left[i])], right = x[static_cast<std::size_t>(table.right[i])];
    result.push_back(left + table.t[i] * (right - left));
  }
  return result;
}

TEST(Axis, GivesWhatATensResamplingGives) {
  for (const std::int64_t from : {1, 2, 7, 16})
    for (const std::int64_t to : {1, 2, 7, 13, 16, 64, 112})
      for (const auto mode : {Interpolation::nearest, Interpolation::bilinear})
        for (const bool corners : {false, true}) {
          if (mode == Interpolation::nearest && corners) continue;
          const at::Tensor x = at::randn({1, 1, 1, from}, at::TensorOptions(at::kDouble));
          const std::vector<double> values(x.const_data_ptr<double>(), x.const_data_ptr<double>() + from);
          const std::vector<double> ours = interpolated(axis_table<double>(from, to, mode, corners), values);
          const at::Tensor expected =
              resample(x, {.height = 1, .width = to, .mode = mode, .align_corners = corners}).flatten();
          for (std::int64_t i = 0; i < to; ++i)
            EXPECT_NEAR(ours[static_cast<std::size_t>(i)], expected[i].item<double>(), 1e-12)
                << from << " to " << to << " at " << i;
        }
}

TEST(Axis, RunsCoverAllResultsOnceAndStopAtBlocks) {
  constexpr std::int64_t kBlock = 32;
  const AxisTable<float> table = axis_table<float>(13, 104, Interpolation::bilinear, false, kBlock);
  std::int32_t next = 0;
  for (const auto& run : table.runs) {
    EXPECT_EQ(run.begin, next);
    EXPECT_EQ(run.begin / kBlock, (run.end - 1) / kBlock);
    for (std::int32_t i = run.begin; i < run.end; ++i) {
      EXPECT_EQ(table.left[static_cast<std::size_t>(i)], run.left);
      EXPECT_EQ(table.right[static_cast<std::size_t>(i)], run.right);
    }
    next = run.end;
  }
  EXPECT_EQ(next, 104);
}

}  // namespace
}  // namespace seg::kernels
