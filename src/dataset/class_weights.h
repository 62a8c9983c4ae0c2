// SPDX-License-Identifier: Apache-2.0
// Weights of classes from how often they occur in labels. Pure.
#pragma once
#include <vector>

#include "dataset/scan.h"

namespace seg {

// The median of the classes' frequencies over each one's, where a frequency is the class's share of the pixels in those
// images that show it (Eigen and Fergus, 2015). A class without pixels has the weight 1.
std::vector<double> median_frequency_weights(const std::vector<ClassCount>& classes);

}  // namespace seg
