// SPDX-License-Identifier: Apache-2.0
// How an image is looked at by the protocols of several views.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evaluation/pixel_extent.h"
#include "evaluation/start_size.h"
#include "evaluation/view_merge.h"

namespace seg {

struct ViewOptions {
  std::string name = "msf";
  std::vector<double> scales{1.0};
  bool flips = false;
  std::optional<PixelExtent> window{};  // none: whole images
  MirrorRule mirror_rule = MirrorRule::mean_probability;
  StartSize start{};
  std::int64_t size_divisor = 32;
  std::vector<double> padding{};  // value of each channel, in pixel units
  bool resizes = false;
  bool align_corners = false;
  // What the network may take while it looks: no more windows go together than that allows. A view for which alone it
  // is too little is cut into smaller windows, of which the log is told once; but not where windows are summed, of
  // which each counts. None: no such limit.
  std::optional<std::int64_t> memory_bytes{};
};

}  // namespace seg
