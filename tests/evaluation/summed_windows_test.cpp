// SPDX-License-Identifier: Apache-2.0
#include "evaluation/summed_windows.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/evaluation/protocol_oracle.h"

namespace seg {
namespace {

using testing::TinySegmenter;

ViewOptions tiny(ViewOptions options) {
  options.window = PixelExtent{24, 28};
  options.size_divisor = TinySegmenter::kDivisor;
  options.padding = {100, 150, 200};
  options.align_corners = true;
  return options;
}

TEST(SummedWindows, AreThePythonTrainersProtocols) {
  SEG_NEEDS_PYTHON();
  TinySegmenter segmenter;
  testing::load_oracle_weights(segmenter);
  SummedWindows ssc(segmenter.network(), c10::Device(c10::kCPU), tiny({.name = "ssc"}));
  testing::expect_oracle_classes(ssc, "ssc_summed");
  SummedWindows mscf(
      segmenter.network(), c10::Device(c10::kCPU),
      tiny({.name = "mscf", .scales = {0.5, 1.0, 1.7}, .flips = true, .mirror_rule = MirrorRule::exp_of_probability}));
  testing::expect_oracle_classes(mscf, "mscf_summed");
}

TEST(SummedWindows, WithoutAWindowAreAProgrammersError) {
  TinySegmenter segmenter;
  EXPECT_THROW(SummedWindows(segmenter.network(), c10::Device(c10::kCPU), {}), std::logic_error);
}

TEST(SummedWindows, CountWhatTheNetworkLooksAt) {
  TinySegmenter segmenter;
  const SummedWindows windows(segmenter.network(), c10::Device(c10::kCPU), tiny({.flips = true}));
  EXPECT_DOUBLE_EQ(windows.views_a_pixel(40, 56), 2 * 2.0 * 3.0 * 24 * 28 / (40.0 * 56.0));
  EXPECT_DOUBLE_EQ(windows.views_a_pixel(12, 14), 2 * 4.0);
}

}  // namespace
}  // namespace seg
