// SPDX-License-Identifier: Apache-2.0
// Weights of classes and smoothed labels, as torch.nn.functional.cross_entropy defines them, as tables by label.
//
// With class weights w, their sum W, K classes and smoothing e, a pixel of label y counts with
//   (1 - e) w_y * -log p_y  +  e / K * sum_k w_k * -log p_k,
// and the mean over pixels is divided by the sum of their w_y (cross-entropy), or by their number (OHEM, whose choice
// of pixels knows neither weights nor smoothing). The focal loss multiplies a pixel's loss by (1 - p_y)^gamma, but not
// its part in the divisor. A pixel's own weight counts the pixel that often, in sum and divisor.
#pragma once
#include <array>
#include <vector>

#include "graph/graph.h"

namespace seg::kernels {

struct LossWeights {
  explicit LossWeights(const LossOptions& options, std::int64_t num_classes);

  bool is_plain = true;        // all 1 and nothing smoothed
  double smoothing = 0;        // e
  std::vector<float> classes;  // w
  // By label; 1 for a label that is no class. A pixel's gradient is of_softmax times p_k, less e / K w_k, and at its
  // label less of_label.
  std::array<float, 256> of_label;    // (1 - e) w_y
  std::array<float, 256> of_softmax;  // (1 - e) w_y + e / K W
  std::array<float, 256> of_count;    // the pixel's share in the divisor
  float uniform = 0;                  // e / K
};

}  // namespace seg::kernels
