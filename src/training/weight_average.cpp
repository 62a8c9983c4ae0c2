// SPDX-License-Identifier: Apache-2.0
#include "training/weight_average.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/ones.h>

#include <algorithm>

namespace seg {

double average_decay(double limit, std::int64_t step) {
  const auto done = static_cast<double>(step - 1);
  return std::min(limit, done / (done + 9));
}

// Two stores of one graph are laid out alike: that is why flat buffers can be averaged.
WeightAverage::WeightAverage(const Graph& graph, const ParameterStore& trained, double decay)
    : trained_(trained),
      decay_(decay),
      averaged_(graph, {.type = trained.type(), .device = trained.device(), .random = false, .gradients = false}),
      one_(at::ones({}, at::TensorOptions(trained.type()).device(trained.device()))),
      rate_(at::empty_like(one_)),
      share_(at::empty_like(one_)) {
  copy_trained();
}

void WeightAverage::update(std::int64_t step, const at::Tensor& found_inf) {
  rate_.fill_(1 - average_decay(decay_, step));
  share_.copy_(found_inf).neg_().add_(one_).mul_(rate_);
  at::Tensor mean = averaged_.values();
  mean.lerp_(trained_.values(), share_);
  copy_buffers();
}

void WeightAverage::copy_trained() {
  averaged_.values().copy_(trained_.values());
  copy_buffers();
}

void WeightAverage::copy_buffers() {
  averaged_.statistics().copy_(trained_.statistics());
  averaged_.counters().copy_(trained_.counters());
}

}  // namespace seg
