// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/region_weights.h"

#include <numeric>

namespace seg::kernels {

std::vector<double> region_shares(const LossOptions& options, std::span<const std::int64_t> pixels) {
  std::vector<double> shares(pixels.size());
  for (std::size_t k = 0; k < pixels.size(); ++k)
    if (pixels[k] > 0) shares[k] = options.class_weights.empty() ? 1.0 : options.class_weights[k];
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  if (sum > 0)
    for (double& share : shares) share /= sum;
  return shares;
}

double lovasz_slopes(const ErrorCounts& counts, double scale, std::span<float> slopes) {
  const std::int64_t all = std::accumulate(counts.of_class.begin(), counts.of_class.end(), std::int64_t{0});
  double value = 0;
  // What is not yet wrong of the class, and that with all others that are.
  auto left = static_cast<double>(all), united = left;
  for (std::int64_t bin = kErrorBins - 1; bin >= 0; --bin) {
    const auto at = static_cast<std::size_t>(bin);
    const auto of_class = static_cast<double>(counts.of_class[at]), others = static_cast<double>(counts.of_others[at]);
    const double middle = (static_cast<double>(bin) + 0.5) / static_cast<double>(kErrorBins);
    const double each_of_class = united > 0 ? 1 / united : 0;
    left -= of_class;
    const double each_other = united > 0 ? left / (united * (united + others)) : 0;
    united += others;
    value += middle * (of_class * each_of_class + others * each_other);
    slopes[at] = static_cast<float>(scale * each_other);
    slopes[at + static_cast<std::size_t>(kErrorBins)] = static_cast<float>(-scale * each_of_class);
  }
  return value;
}

}  // namespace seg::kernels
