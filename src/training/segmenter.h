// SPDX-License-Identifier: Apache-2.0
// A network as its weight file describes it, ready to look at images.
//
// UserErrors name the file. Not thread-safe: one thread calls torch.
#pragma once
#include <ATen/core/Tensor.h>

#include <filesystem>

#include "engine/network.h"
#include "engine/parameter_store.h"
#include "evaluation/single_scale.h"
#include "graph/pass_catalogue.h"
#include "training/model_card.h"
#include "training/weight_file.h"

namespace seg {

struct SegmenterOptions {
  c10::Device device = c10::Device(c10::kCPU);
  at::ScalarType compute = at::kFloat;
  PassRequest passes{};  // over the network's graph
};

class Segmenter {
 public:
  explicit Segmenter(const std::filesystem::path& weights, const SegmenterOptions& options = {});
  // With weights that were read from `path`.
  Segmenter(const std::filesystem::path& path, const Weights& weights, const SegmenterOptions& options);
  Segmenter(const Segmenter&) = delete;
  Segmenter& operator=(const Segmenter&) = delete;

  const ModelCard& card() const noexcept { return card_; }
  SingleScale& single_scale() noexcept { return single_scale_; }
  Network& network() noexcept { return network_; }  // for other protocols, which the segmenter outlives

 private:
  ModelCard card_;
  ParameterStore parameters_;
  Network network_;
  const Network::SteadyParameters steady_;  // nobody else has them
  SingleScale single_scale_;
};

}  // namespace seg
