// SPDX-License-Identifier: Apache-2.0
// A network whose parameters fall into four optimizer groups, with gradients of noise: what optimizers are tried on.
#pragma once
#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "engine/parameter_store.h"
#include "graph/builder.h"

namespace seg::testing {

// A body and a head that learns faster, each with weights that decay and numbers that do not.
inline Graph two_speeds() {
  GraphBuilder g;
  const Value image = g.input("image", {.channels = 3});
  const Value x = g.relu(g.batch_norm("bn", g.convolution("conv", image, {.out_channels = 4})));
  const GraphBuilder head = g.with({.lr_multiplier = 10});
  g.output("logits",
           head.scope("head").convolution("conv", x, {.out_channels = 2, .kernel = 1, .padding = 0, .bias = true}));
  return g.build();
}

inline at::Tensor flag(float value) { return at::full({}, value, at::TensorOptions(at::kFloat)); }

inline std::vector<std::string> trainable_names(const ParameterStore& store) {
  std::vector<std::string> names;
  for (const ParameterGroup& group : store.groups()) names.insert(names.end(), group.names.begin(), group.names.end());
  return names;
}

inline void fill_gradients(const ParameterStore& store, std::uint64_t step) {
  for (const std::string& name : trainable_names(store)) {
    const at::Tensor row_major = at::zeros(store.gradient(name).sizes(), at::TensorOptions(at::kDouble));
    Random random(step, RandomStream::synthetic, hash_of(name.data(), name.size()));
    for (std::int64_t i = 0; i < row_major.numel(); ++i) row_major.mutable_data_ptr<double>()[i] = random.normal();
    store.gradient(name).copy_(row_major);
  }
}

}  // namespace seg::testing
