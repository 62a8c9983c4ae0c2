// SPDX-License-Identifier: Apache-2.0
// What decides how files become pixels and labels, besides the files themselves: for caches of decoded samples.
#pragma once
#include <string>

#include "dataset/dataset.h"

namespace seg {

// Equal texts mean equal pixels from equal files. It names a version, which goes up when what a decoder gives changes.
std::string decoding_text(const DatasetConfig& config, const DatasetTraits& traits);

}  // namespace seg
