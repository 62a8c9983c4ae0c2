// SPDX-License-Identifier: Apache-2.0
// What decides how files become pixels and labels, besides the files themselves: for caches of decoded samples.
#pragma once
#include <string>

#include "dataset/dataset.h"

namespace seg {

// What decodes: the libraries, and a version of our own, which goes up when what a decoder gives changes.
std::string decoders_text();

// Equal texts mean equal pixels from equal files. It begins with the decoders.
std::string decoding_text(const DatasetConfig& config, const DatasetTraits& traits);

// The same with the folder that the images are in: data sets in different folders do not share a cache, so that each
// can be removed for itself. Lists do not count: those of a cross-validation name the same images.
std::string cache_text(const DatasetConfig& config, const DatasetTraits& traits);

}  // namespace seg
