// SPDX-License-Identifier: Apache-2.0
#include "dataset/class_weights.h"

#include <algorithm>

namespace seg {
namespace {

double frequency(const ClassCount& count) {
  return static_cast<double>(count.pixels) / static_cast<double>(count.pixels_of_images);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

std::vector<double> median_frequency_weights(const std::vector<ClassCount>& classes) {
  std::vector<double> frequencies, weights;
  for (const ClassCount& count : classes)
    if (count.pixels > 0) frequencies.push_back(frequency(count));
  if (frequencies.empty()) return std::vector<double>(classes.size(), 1.0);
  const double middle = median(frequencies);
  for (const ClassCount& count : classes) weights.push_back(count.pixels > 0 ? middle / frequency(count) : 1.0);
  return weights;
}

}  // namespace seg
