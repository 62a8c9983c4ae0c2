// SPDX-License-Identifier: Apache-2.0
#include "training/segmenter.h"

namespace seg {

Segmenter::Segmenter(const std::filesystem::path& weights, const SegmenterOptions& options)
    : Segmenter(weights, load_weights(weights), options) {}

Segmenter::Segmenter(const std::filesystem::path& path, const Weights& weights, const SegmenterOptions& options)
    : card_(weights.card),
      parameters_(inference_parameters(weights, path, options.device)),
      network_(evaluation_graph(card_, choose_passes(options.passes, options.device.is_cpu()),
                                options.compute != at::kFloat),
               parameters_, {.compute = options.compute, .differentiate = false}),
      steady_(network_.steady_parameters()),
      single_scale_(network_, options.device, single_scale_options(card_)) {}

}  // namespace seg
