// SPDX-License-Identifier: Apache-2.0
// A network of a few hundred numbers with everything that weight files and checkpoints hold: weights that lie
// channels-last, biases, BatchNorm with statistics and a counter, two learning rates.
#pragma once
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <cstring>
#include <string>

#include "base/random.h"
#include "engine/parameter_store.h"
#include "graph/builder.h"
#include "training/checkpoint.h"
#include "training/sgd.h"

namespace seg::testing {

inline Graph small_network(std::int64_t num_classes = 3) {
  GraphBuilder g;
  const Value image = g.input("image", {.channels = 3});
  const Value x = g.relu(g.batch_norm("bn", g.convolution("conv", image, {.out_channels = 4})));
  const GraphBuilder head = g.with({.lr_multiplier = 10});
  const Value y =
      head.scope("head").convolution("conv", x, {.out_channels = num_classes, .kernel = 1, .padding = 0, .bias = true});
  g.output("logits", y);
  return g.build();
}

// A card that such weights may stand under; the card's own network is larger.
inline ModelCard small_card() {
  return {.model = "bisenetv2",
          .num_classes = 3,
          .mean = {0.4, 0.4, 0.4},
          .std = {0.2, 0.2, 0.2},
          .class_names = {"sky", "road", "car"},
          .palette = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}},
          .config = "n_cats = 3\n",
          .version = "test"};
}

inline void fill_with_noise(const at::Tensor& tensor, std::uint64_t seed) {
  const at::Tensor numbers = at::empty(tensor.sizes(), at::TensorOptions(at::kDouble));
  Random random(seed, RandomStream::synthetic, 1);
  for (std::int64_t i = 0; i < numbers.numel(); ++i) numbers.mutable_data_ptr<double>()[i] = random.normal();
  tensor.copy_(numbers);
}

inline at::Tensor no_flag() { return at::full({}, 0.0, at::TensorOptions(at::kFloat)); }

// A network in training after some steps: no number has the value that it began with.
class SmallTraining {
 public:
  explicit SmallTraining(std::uint64_t seed) : parameters(small_network()), optimizer(parameters, {}) {
    parameters.initialise(seed);
    for (std::uint64_t i = 0; i < 3; ++i) step(seed + i);
    fill_with_noise(parameters.statistics(), seed);
    parameters.counters().fill_(static_cast<std::int64_t>(seed) + 3);
  }

  void step(std::uint64_t seed) {
    fill_with_noise(parameters.gradients(), seed);
    optimizer.step(0.1, no_flag());
  }

  ParameterStore parameters;
  Sgd optimizer;
};

// Equal to the last bit, whatever their strides.
inline bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  if (a.scalar_type() != b.scalar_type() || a.sizes() != b.sizes()) return false;
  const at::Tensor x = a.contiguous(), y = b.contiguous();
  return std::memcmp(x.const_data_ptr(), y.const_data_ptr(), x.nbytes()) == 0;
}

inline bool same_bits(const ParameterStore& a, const ParameterStore& b) {
  return same_bits(a.values(), b.values()) && same_bits(a.statistics(), b.statistics()) &&
         same_bits(a.counters(), b.counters());
}

inline RunState state_at(std::int64_t step, const RunIdentity& identity = {{"lr_start", "0.01"}}) {
  return {.run = "run-00000001", .step = step, .seconds = 1.5, .best = {}, .values = {}, .identity = identity};
}

// A whole checkpoint of a small network.
inline void write_checkpoint(const std::filesystem::path& path, const RunState& state) {
  const SmallTraining training(static_cast<std::uint64_t>(state.step));
  std::filesystem::create_directories(path.parent_path());
  save_checkpoint(path, small_card(), training.parameters, training.optimizer, state);
}

}  // namespace seg::testing
