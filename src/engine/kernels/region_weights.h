// SPDX-License-Identifier: Apache-2.0
// The losses that compare regions, dice and lovasz: a loss of each class that the batch's labels show, over all their
// valid pixels, and the mean of these by class weights. p is the softmax, q is 1 at the pixel's label, else 0.
//
//   dice    1 - (2 sum p q + 1) / (sum p + sum q + 1)
//   lovasz  the Lovasz extension of 1 - IoU: with the errors |p - q| in falling order, their sum weighted by what each
//           pixel adds to 1 - IoU once it counts as wrong
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "graph/graph.h"

namespace seg::kernels {

// The share of each class in the mean; all 0 if no class that counts is there. pixels: of each class, valid ones.
std::vector<double> region_shares(const LossOptions& options, std::span<const std::int64_t> pixels);

// Errors of one class in bins of equal width, [kErrorBins] each: those of pixels of the class, and of others. Errors in
// one bin count as tied, and pixels of the class come first among them.
inline constexpr std::int64_t kErrorBins = 1 << 15;
struct ErrorCounts {
  std::span<const std::int32_t> of_class, of_others;
};
// Fills, by bin, the derivatives of the class's loss by p, times `scale`: [2 * kErrorBins], first those of others.
// Gives the loss, whose errors are their bin's middle.
double lovasz_slopes(const ErrorCounts& counts, double scale, std::span<float> slopes);

}  // namespace seg::kernels
