// SPDX-License-Identifier: Apache-2.0
#include "training/segmenter.h"

#include "base/machine.h"
#include "engine/precision.h"

namespace seg {

Segmenter::Segmenter(const std::filesystem::path& weights, const SegmenterOptions& options)
    : Segmenter(weights, load_weights(weights), options) {}

Segmenter::Segmenter(const std::filesystem::path& path, const Weights& weights, const SegmenterOptions& options)
    : card_(weights.card),
      parameters_(inference_parameters(weights, path, options.device)),
      network_(
          evaluation_graph(
              card_, choose_passes(options.passes, pass_conditions(options.device, options.compute, cpu_features())),
              options.compute != at::kFloat),
          parameters_, {.compute = options.compute, .differentiate = false}),
      steady_(network_.steady_parameters()),
      single_scale_(network_, options.device, single_scale_options(card_)) {}

}  // namespace seg
