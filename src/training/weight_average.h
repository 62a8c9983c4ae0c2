// SPDX-License-Identifier: Apache-2.0
// A running mean of the weights that are being trained, as a parameter store of its own: evaluation and weight files
// take it in the place of the trained one.
//
// After step s each value is  decay * mean + (1 - decay) * weight  with  decay = min(limit, (s - 1) / (s + 8)):  the
// first step's weights replace the random ones, and a short run averages over about its last tenth. Buffers (running
// statistics, counters) are copied. Nothing is read back from the device. Not thread-safe.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "engine/parameter_store.h"
#include "graph/graph.h"

namespace seg {

double average_decay(double limit, std::int64_t step);

class WeightAverage {
 public:
  // The store has the parameters of the graph and outlives the average, which begins as a copy of it.
  WeightAverage(const Graph& graph, const ParameterStore& trained, double decay);

  // found_inf: float scalar on the device. Where it is 1 the mean stays. Takes no memory.
  void update(std::int64_t step, const at::Tensor& found_inf);
  // Begins anew with the weights as they stand.
  void copy_trained();

  ParameterStore& parameters() { return averaged_; }
  const ParameterStore& parameters() const { return averaged_; }

 private:
  void copy_buffers();

  const ParameterStore& trained_;
  double decay_;
  ParameterStore averaged_;
  at::Tensor one_, rate_, share_;  // scalars: 1, what the mean moves by, and that or 0
};

}  // namespace seg
