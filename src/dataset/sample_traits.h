// SPDX-License-Identifier: Apache-2.0
// What holds for every sample, from the config and what the files were found to hold.
//
// A pure function. UserError names the key whose values do not fit the images.
#pragma once
#include <span>

#include "dataset/dataset.h"
#include "dataset/label_map.h"

namespace seg {

struct PixelKind {
  std::int64_t channels = 3;
  PixelType type = PixelType::u8;
  std::span<const double> mean = {}, std = {};  // of the kind's colour images, one value a channel; may be empty
};

DatasetTraits sample_traits(const DatasetConfig& config, const LabelMapping& mapping, const PixelKind& pixels);

}  // namespace seg
