// SPDX-License-Identifier: Apache-2.0
// Sums over the pixels of images, from which mean and deviation of each channel follow.
//
// Values are scaled so that the largest of the type is 1. Pure functions.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "image/image.h"

namespace seg {

// Of one image, by channel; a gray one has three equal channels.
struct ImageMoments {
  double pixels = 0;
  std::vector<double> sum, squares;
};

struct ChannelStatistics {
  std::vector<double> mean, std;  // of each channel; empty if there was no image
};

ImageMoments moments_of(const Image& image);

// Over all pixels of all images, in their order, of the first `channels` channels, which all have.
ChannelStatistics statistics_of(std::span<const ImageMoments> images, std::int64_t channels);

// As a config has them: four decimals say all that a mean can.
ChannelStatistics rounded(ChannelStatistics statistics);

// Mean or std as a config has them: "[0.4116, 0.4249, 0.4325]".
std::string list_text(std::span<const double> values);

}  // namespace seg
