// SPDX-License-Identifier: Apache-2.0
#include "training/loss_meter.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>

#include "training/read_back.h"

namespace seg {

void LossMeter::add(const NamedTensors& losses) {
  std::vector<at::Tensor> values;
  names_.clear();
  for (const NamedTensor& loss : losses) {
    names_.push_back(loss.name);
    values.push_back(loss.tensor);
  }
  const at::Tensor stacked = at::stack(values).to(at::kDouble);
  sums_ = count_ == 0 ? stacked : sums_ + stacked;
  ++count_;
}

LossMeter::Means LossMeter::read() {
  if (count_ == 0) return {};
  const std::vector<double> sums = read_back(sums_);
  Means means;
  for (std::size_t i = 0; i < names_.size(); ++i) means.emplace_back(names_[i], sums[i] / static_cast<double>(count_));
  count_ = 0;
  sums_.reset();
  return means;
}

}  // namespace seg
