// SPDX-License-Identifier: Apache-2.0
#include "engine/kernel_trial.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "graph/derivative.h"
#include "graph/winograd.h"

namespace seg {
namespace {

constexpr double kIgnoredShare = 0.05;  // of labels

at::Tensor random_labels(const Shape& shape, std::int64_t num_classes, std::int64_t ignore_label) {
  const at::Tensor labels = at::randint(0, num_classes, shape, at::TensorOptions(at::kByte));
  return labels.masked_fill_(at::rand(shape).lt(kIgnoredShare), ignore_label);
}

at::Tensor random_map(const Shape& shape, at::ScalarType type) {
  return at::randn(shape).to(type).contiguous(at::MemoryFormat::ChannelsLast);
}

// Maps and weights of mean 0, weights so small that results are of the size of their operands; what there is one of a
// channel (scales, shifts, statistics) is positive.
at::Tensor random_operand(const Node& node, std::size_t input, const Shape& shape, at::ScalarType type) {
  if (type == at::kLong) return at::zeros(shape, at::TensorOptions(type));
  if (type == at::kByte || type == at::kUInt16)
    return at::randint(0, 256, shape, at::TensorOptions(at::kByte)).to(type);
  if (shape.size() != 4) return at::rand(shape).add_(0.5).to(type);
  if (node.op != Op::convolution || input != 1) return random_map(shape, type);
  return random_map(shape, type).div_(std::sqrt(static_cast<double>(shape[1] * shape[2] * shape[3])));
}

double difference(const at::Tensor& a, const at::Tensor& b) {
  const double norm = b.to(at::kDouble).norm().item<double>();
  return a.to(at::kDouble).sub(b.to(at::kDouble)).norm().item<double>() / (norm == 0.0 ? 1.0 : norm);
}

}  // namespace

bool has_own_kernel(const Node& node, const std::vector<Shape>& inputs) {
  if (kernels_of(node.op).cpu_forward == nullptr) return false;
  if (node.op != Op::convolution) return true;
  const auto& o = options_of<ConvolutionOptions>(node);
  return uses_winograd(o, inputs[0]) || (o.groups > 1 && o.out_channels > o.groups);
}

KernelTrial::KernelTrial(const Node& node, const std::vector<Shape>& inputs, const std::vector<NumberType>& types,
                         const Shape& output, at::ScalarType compute)
    : node_(node), sample_numbers_(static_cast<std::size_t>(inputs.at(0).at(0))) {
  context_.compute = compute;
  std::iota(sample_numbers_.begin(), sample_numbers_.end(), std::uint64_t{0});
  context_.sample_numbers = sample_numbers_;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (node.inputs[i] == kNoValue) {
      inputs_.emplace_back();
      shapes_.emplace_back();
      continue;
    }
    node_.inputs[i] = static_cast<ValueId>(i);
    shapes_.push_back(inputs[i]);
    inputs_.push_back(node.op == Op::loss && i == 1
                          ? random_labels(inputs[1], std::min<std::int64_t>(inputs[0][1], 255),
                                          options_of<LossOptions>(node).ignore_label)
                          : random_operand(node, i, inputs[i], scalar_type(types[i], context_)));
  }
  node_.output = static_cast<ValueId>(inputs.size());
  shapes_.push_back(output);
  if (kernels_of(node.op).vjp == nullptr) return;
  gradient_ = random_map(output, call(kernels_of(node.op).forward, inputs_)[0].scalar_type());
}

Tensors KernelTrial::call(KernelFunction kernel, const Tensors& reads) const {
  const at::AutoDispatchBelowADInplaceOrView no_autograd;
  const std::vector<std::uint8_t> wanted(6, 1);
  return kernel({node_, reads, shapes_, wanted, false, context_});
}

Tensors KernelTrial::run(bool own) const {
  const Kernels& kernels = kernels_of(node_.op);
  Tensors results = call(own ? kernels.cpu_forward : kernels.forward, inputs_);
  const Derivative derivative = derivative_of(node_);
  if (derivative.makes_gradient) return results;
  if (kernels.vjp == nullptr) return {results[0]};
  Tensors reads{gradient_};
  for (std::size_t i = 0; i < inputs_.size(); ++i)
    if ((derivative.reads_inputs >> i & 1U) != 0) reads.push_back(inputs_[i]);
  if (derivative.reads_output) reads.push_back(results[0]);
  for (std::size_t i = 0; i < derivative.saved.size(); ++i) reads.push_back(results.at(i + 1));
  const bool has_own_vjp = own && kernels.cpu_vjp != nullptr;
  return {results[0], call(has_own_vjp ? kernels.cpu_vjp : kernels.vjp, reads)[0]};
}

double KernelTrial::error() const {
  const Tensors ours = run(true), composite = run(false);
  double largest = 0.0;
  for (std::size_t i = 0; i < ours.size(); ++i)
    if (ours[i].defined()) largest = std::max(largest, difference(ours[i], composite.at(i)));
  return largest;
}

double KernelTrial::tolerance() const { return inputs_[0].scalar_type() == at::kBFloat16 ? 5e-2 : 1e-2; }

}  // namespace seg
