// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/loss_weights.h"

#include <numeric>

namespace seg::kernels {

LossWeights::LossWeights(const LossOptions& options, std::int64_t num_classes)
    : is_plain(options.class_weights.empty() && options.label_smoothing == 0.0),
      smoothing(options.label_smoothing),
      classes(options.class_weights.begin(), options.class_weights.end()) {
  if (classes.empty()) classes.assign(static_cast<std::size_t>(num_classes), 1.0F);
  const double count = static_cast<double>(num_classes), sum = std::accumulate(classes.begin(), classes.end(), 0.0);
  uniform = static_cast<float>(smoothing / count);
  for (std::size_t label = 0; label < of_label.size(); ++label) {
    const double weight = label < classes.size() ? static_cast<double>(classes[label]) : 1.0;
    of_label[label] = static_cast<float>((1.0 - smoothing) * weight);
    of_softmax[label] = static_cast<float>((1.0 - smoothing) * weight + smoothing / count * sum);
    of_count[label] = options.kind != LossKind::ohem ? static_cast<float>(weight) : 1.0F;
  }
}

}  // namespace seg::kernels
