// SPDX-License-Identifier: Apache-2.0
#include "models/distance_head.h"

namespace seg {

void distance_head(const GraphBuilder& root, Value features, std::int64_t factor) {
  constexpr double kRate = 10.0;
  constexpr std::int64_t kChannels = 64;
  ParameterDefaults defaults = root.defaults();
  defaults.lr_multiplier = kRate;
  GraphBuilder head = root.scope("distance_head").with(defaults), conv = head.scope("conv");
  const Value x = conv.relu(conv.batch_norm("bn", conv.convolution("conv", features, {.out_channels = kChannels})));
  // By its inputs: by its one output the map would begin ten times as large as what it is to learn.
  ParameterDefaults of_map = defaults;
  of_map.convolution_weight = KaimingNormalInit{.fan = FanMode::in, .a = 1.0};
  const Value map =
      head.with(of_map).convolution("conv_out", x, {.out_channels = 1, .kernel = 1, .padding = 0, .bias = true});
  GraphBuilder(root).output("distance", map, {.role = OutputRole::distance, .upsample = {.factor = factor}});
}

}  // namespace seg
