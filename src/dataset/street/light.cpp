// SPDX-License-Identifier: Apache-2.0
// Time of day and weather.
#include "dataset/street/layout.h"

namespace seg::street {
namespace {

struct Weather {
  Color sky_top, sky_horizon;
  float haze_distance, cloudiness;
  Color sun, sky;      // what a surface gets from both
  float shadow_reach;  // 0: no sun
  float noise;
  bool lamps;
};

constexpr Weather kWeathers[] = {
    {{66, 124, 205},
     {176, 206, 232},
     520,
     0.45F,
     {0.46F, 0.44F, 0.40F},
     {0.60F, 0.62F, 0.66F},
     0.7F,
     3.5F,
     false},  // noon
    {{104, 150, 205},
     {205, 218, 226},
     380,
     0.75F,
     {0.40F, 0.38F, 0.34F},
     {0.62F, 0.63F, 0.66F},
     1.3F,
     4.0F,
     false},                                                                                          // clouds
    {{168, 172, 178}, {212, 213, 212}, 240, 0.9F, {0, 0, 0}, {0.86F, 0.87F, 0.88F}, 0, 5.0F, false},  // overcast
    {{96, 126, 176},
     {250, 214, 162},
     300,
     0.5F,
     {0.58F, 0.44F, 0.26F},
     {0.62F, 0.61F, 0.66F},
     2.4F,
     5.0F,
     false},  // evening
    {{160, 178, 196},
     {226, 226, 216},
     95,
     0.3F,
     {0.14F, 0.13F, 0.10F},
     {0.74F, 0.75F, 0.74F},
     0.9F,
     5.0F,
     false},                                                                                      // mist
    {{48, 60, 98}, {168, 138, 140}, 260, 0.6F, {0, 0, 0}, {0.58F, 0.58F, 0.66F}, 0, 8.0F, true},  // dusk
};
constexpr int kOften[] = {0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 5};  // how the draws share out

}  // namespace

void lay_out_light(Layout& layout) {
  const Weather& weather = kWeathers[kOften[layout.below(static_cast<int>(std::size(kOften)))]];
  Light& light = layout.street.light;
  const float exposure = layout.uniform(0.88F, 1.22F), warmth = layout.uniform(-0.04F, 0.04F);
  const Color balance = {exposure * (1 + warmth), exposure, exposure * (1 - warmth)};
  light.sky_top = weather.sky_top * balance * layout.uniform(0.9F, 1.08F);
  light.sky_horizon = weather.sky_horizon * balance;
  light.haze = mix(light.sky_horizon, light.sky_top, 0.15F) * 0.96F;
  light.haze_distance = weather.haze_distance * layout.uniform(0.7F, 1.4F);
  light.cloudiness = weather.cloudiness * layout.uniform(0.4F, 1.15F);
  light.lamps_on = weather.lamps;

  // The sun stands left or right, more before or more behind the camera.
  const float sun_side = layout.side(), behind = layout.uniform(0.1F, 0.9F);
  const Color sun = weather.sun * balance, sky = weather.sky * balance;
  light.front = sky * 0.95F + sun * behind;
  light.left = sky * 0.92F + sun * (sun_side > 0 ? 1.0F : 0.05F);
  light.right = sky * 0.92F + sun * (sun_side < 0 ? 1.0F : 0.05F);
  light.above = sky + sun;
  light.shadow = {1, 1, 1};
  if (weather.shadow_reach > 0) {
    light.shadow_side = sun_side;
    light.shadow_reach = weather.shadow_reach * layout.uniform(0.3F, 1.1F);
    light.shadow = {sky.r / light.above.r, sky.g / light.above.g, sky.b / light.above.b};
  }
  layout.street.noise = weather.noise * layout.uniform(0.6F, 1.5F);
  layout.street.vignette = layout.uniform(0.02F, 0.22F);
}

}  // namespace seg::street
