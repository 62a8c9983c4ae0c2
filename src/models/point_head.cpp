// SPDX-License-Identifier: Apache-2.0
#include "models/point_head.h"

#include <cmath>
#include <string>

namespace seg {
namespace {

constexpr std::int64_t kChannels = 256;

ConvolutionOptions pointwise(std::int64_t out_channels) {
  return {.out_channels = out_channels, .kernel = 1, .padding = 0, .bias = true};
}

// As mmsegmentation begins it, whose head sees the coarse logits again, too.
KaimingNormalInit of_deviation(double deviation, std::int64_t inputs) {
  return {.fan = FanMode::in, .a = std::sqrt(2 / (deviation * deviation * static_cast<double>(inputs)) - 1)};
}

}  // namespace

void point_head(const GraphBuilder& root, Value logits, Value fine, PointPadding padding) {
  constexpr double kRate = 10.0, kPredictorDeviation = 0.01;
  const ParameterDefaults layers{.convolution_weight = KaimingNormalInit{.fan = FanMode::out}, .lr_multiplier = kRate};
  const ParameterDefaults predictor{
      .convolution_weight = of_deviation(kPredictorDeviation, kChannels + logits.channels), .lr_multiplier = kRate};
  GraphBuilder outside(root), head = root.scope("point_head").with(layers);
  const Value points = outside.input("points", {.layout = InputLayout::points});
  Value x = head.point_sample(fine, points, {padding});
  const Value coarse = head.point_sample(logits, points, {padding});
  for (const char* name : {"fc1", "fc2", "fc3"})
    x = head.relu(head.convolution(name, head.concat({x, coarse}), pointwise(kChannels)));
  x = head.with(predictor).convolution("predictor", head.concat({x, coarse}), pointwise(logits.channels));
  outside.output("points", x, {.role = OutputRole::points});
}

}  // namespace seg
