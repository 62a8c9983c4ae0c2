// SPDX-License-Identifier: Apache-2.0
#include "engine/kernel_trial.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "base/text.h"
#include "engine/class_map.h"
#include "engine/full_resolution.h"
#include "engine/kernel_tolerance.h"
#include "engine/kernels/batch_norm.h"
#include "engine/kernels/convolution_choice.h"
#include "engine/kernels/resample.h"
#include "graph/derivative.h"

namespace seg {
namespace {

using kernels::ConvolutionKernel;
using kernels::ConvolutionKernels;

// Maps and weights of mean 0, weights so small that results are of the size of their operands; what there is one of a
// channel (scales, shifts, statistics) is positive.
class RandomOperands {
 public:
  at::Tensor map(const Shape& shape, at::ScalarType type) {
    return at::randn(shape, generator_, at::TensorOptions(at::kFloat))
        .to(type)
        .contiguous(at::MemoryFormat::ChannelsLast);
  }

  at::Tensor labels(const Shape& shape, std::int64_t num_classes, std::int64_t ignore_label) {
    constexpr double kIgnoredShare = 0.05;
    const at::Tensor labels = at::randint(0, num_classes, shape, generator_, at::TensorOptions(at::kByte));
    return labels.masked_fill_(positive(shape).lt(0.5 + kIgnoredShare), ignore_label);
  }

  at::Tensor operand(const Node& node, std::size_t input, const Shape& shape, at::ScalarType type) {
    if (type == at::kLong) return at::zeros(shape, at::TensorOptions(type));
    if (type == at::kByte || type == at::kUInt16)
      return at::randint(0, 256, shape, generator_, at::TensorOptions(at::kByte)).to(type);
    const bool are_points = (node.op == Op::point_sample || node.op == Op::choose_points) && input == 1;
    if (are_points) return positive(shape).sub_(0.5).to(type);
    if (shape.size() != 4) return positive(shape).to(type);
    const bool is_weight = node.op == Op::convolution && input == 1;
    if (is_weight) return map(shape, type).div_(std::sqrt(static_cast<double>(shape[1] * shape[2] * shape[3])));
    // Means that are not 0 have digits that two ways of summing agree on.
    return node.op == Op::batch_norm ? map(shape, type).add_(positive({1, shape[1], 1, 1}).to(type)) : map(shape, type);
  }

 private:
  at::Tensor positive(const Shape& shape) {
    return at::rand(shape, generator_, at::TensorOptions(at::kFloat)).add_(0.5);
  }

  at::Generator generator_ = at::make_generator<at::CPUGeneratorImpl>(std::uint64_t{1});
};

double difference(const at::Tensor& ours, const at::Tensor& composite) {
  if (!ours.defined() || !composite.defined() || ours.sizes() != composite.sizes())
    return std::numeric_limits<double>::infinity();
  const double norm = composite.to(at::kDouble).norm().item<double>();
  return ours.to(at::kDouble).sub(composite.to(at::kDouble)).norm().item<double>() / (norm == 0.0 ? 1.0 : norm);
}

// Of numbers that are nearer to a limit than this, rounding may decide on which side they lie.
constexpr double kNear = 1e-3;

std::size_t num_saved(const Node& node) { return derivative_of(node).saved.size(); }

Tensors copies_of(const Tensors& tensors) {
  Tensors copies;
  for (const at::Tensor& tensor : tensors) copies.push_back(tensor.defined() ? tensor.clone() : at::Tensor());
  return copies;
}

}  // namespace

bool has_own_kernel(const Node& node, const NodeShapes& shapes, const TrialConditions& conditions) {
  if (kernels_of(node.op).cpu_forward == nullptr) return false;
  if (node.op == Op::loss) return options_of<LossOptions>(node).kind != LossKind::distance;
  if (node.op == Op::batch_norm) return kernels::has_own_batch_norm(shapes.inputs[0]);
  if (node.op != Op::convolution) return true;
  const ConvolutionKernels chosen =
      kernels::choose_convolution(options_of<ConvolutionOptions>(node), shapes.inputs[0],
                                  scalar_type(shapes.types[0], {.compute = conditions.compute}), conditions.training);
  return chosen.forward != ConvolutionKernel::composite ||
         (conditions.training && chosen.weight_gradient != ConvolutionKernel::composite);
}

double largest_error(std::span<const ResultError> errors) {
  double largest = 0.0;
  for (const ResultError& each : errors) largest = std::isnan(each.error) ? each.error : std::max(largest, each.error);
  return largest;
}

std::string disagreement(std::span<const ResultError> errors) {
  std::vector<std::string> parts;
  for (const ResultError& each : errors)
    if (!(each.error <= each.tolerance))
      parts.push_back(each.result + " by " + shortest(each.error) + ", of which rounding explains " +
                      shortest(each.tolerance));
  return joined(parts, "; ");
}

KernelTrial::KernelTrial(const Node& node, const NodeShapes& shapes, const TrialConditions& conditions)
    : node_(node), sample_numbers_(static_cast<std::size_t>(shapes.inputs.at(0).at(0))) {
  context_.compute = conditions.compute;
  context_.training = conditions.training;
  std::iota(sample_numbers_.begin(), sample_numbers_.end(), std::uint64_t{0});
  context_.sample_numbers = sample_numbers_;
  RandomOperands random;
  for (std::size_t i = 0; i < shapes.inputs.size(); ++i) {
    shapes_.push_back(shapes.inputs[i]);
    if (node.inputs[i] == kNoValue) {
      inputs_.emplace_back();
      continue;
    }
    node_.inputs[i] = static_cast<ValueId>(i);
    inputs_.push_back(node.op == Op::loss && i == 1
                          ? random.labels(shapes.inputs[1], std::min<std::int64_t>(shapes.inputs[0][1], 255),
                                          options_of<LossOptions>(node).ignore_label)
                          : random.operand(node, i, shapes.inputs[i], scalar_type(shapes.types[i], context_)));
  }
  node_.output = static_cast<ValueId>(shapes.inputs.size());
  shapes_.push_back(shapes.output);
  if (node.op == Op::loss) ignore_near_threshold();
  if (!conditions.training || kernels_of(node.op).vjp == nullptr) return;
  gradient_ = random.map(shapes.output, call(kernels_of(node.op).forward, node_, copies_of(inputs_))[0].scalar_type());
  silence_near_zero();
}

// Where what enters a ReLU is so near to 0 that rounding decides whether its gradient is let pass, there is none.
void KernelTrial::silence_near_zero() {
  const auto* const o = std::get_if<BatchNormOptions>(&node_.options);
  if (o == nullptr || !o->relu) return;
  Node before = node_;
  std::get<BatchNormOptions>(before.options).relu = false;
  const at::Tensor entering = call(kernels_of(node_.op).forward, before, copies_of(inputs_))[0];
  gradient_.masked_fill_(entering.abs().lt(kNear), 0);
}

// Pixels for which rounding decides whether they are hard do not count.
void KernelTrial::ignore_near_threshold() {
  const auto& o = options_of<LossOptions>(node_);
  at::Tensor& labels = inputs_[1];
  const kernels::Resampling size = kernels::by_rule(o.upsample, labels.size(1), labels.size(2));
  const at::Tensor classes = labels.to(at::kLong).clamp_max(inputs_[0].size(1) - 1).unsqueeze(1);
  const at::Tensor likelihood = at::softmax(kernels::resample(inputs_[0], size), 1).gather(1, classes).squeeze(1);
  labels.masked_fill_(likelihood.sub(o.ohem_thresh).abs().lt(kNear), o.ignore_label);
}

Tensors KernelTrial::call(KernelFunction kernel, const Node& node, const Tensors& reads) const {
  const at::AutoDispatchBelowADInplaceOrView no_autograd;
  const std::vector<std::uint8_t> wanted(context_.training ? std::max(node.inputs.size(), num_saved(node) + 1) : 1, 1);
  return kernel({node, reads, shapes_, wanted, false, context_});
}

Tensors KernelTrial::results_of(bool own, const Tensors& inputs) const {
  const Kernels& kernels = kernels_of(node_.op);
  Tensors results = call(own ? kernels.cpu_forward : kernels.forward, node_, inputs);
  results.resize(context_.training ? 1 + num_saved(node_) : 1);
  if (!gradient_.defined()) return results;
  const Derivative derivative = derivative_of(node_);
  Tensors reads{gradient_};
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if ((derivative.reads_inputs >> i & 1U) != 0) reads.push_back(inputs[i]);
  if (derivative.reads_output) reads.push_back(results[0]);
  reads.insert(reads.end(), results.begin() + 1, results.end());
  const bool has_own_vjp = own && kernels.cpu_vjp != nullptr;
  const Tensors gradients = call(has_own_vjp ? kernels.cpu_vjp : kernels.vjp, node_, reads);
  results.insert(results.end(), gradients.begin(), gradients.end());
  return results;
}

Tensors KernelTrial::run(bool own) const { return results_of(own, inputs_); }

std::vector<ResultError> KernelTrial::errors() const {
  const auto all_of = [this](bool own) {
    const Tensors inputs = copies_of(inputs_);
    Tensors results = results_of(own, inputs);
    if (node_.op == Op::batch_norm && context_.training)
      results.insert(results.end(), inputs.begin() + 3, inputs.end());
    return results;
  };
  const Tensors ours = all_of(true), composite = all_of(false);
  const std::vector<TrialResult> results = trial_results(node_, context_.training);
  if (ours.size() != results.size() || composite.size() != results.size())
    throw std::logic_error("[kernel_trial] results of " + std::string(name_of(node_.op)) + " are not known by name");
  std::vector<ResultError> errors;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (ours[i].defined() || composite[i].defined())
      errors.push_back({results[i].name, difference(ours[i], composite[i]),
                        tolerance(node_, results[i].kind, shapes_[0], inputs_[0].scalar_type())});
  }
  return errors;
}

ClassMapTrial::ClassMapTrial(const Shape& logits, const Output& output, std::int64_t height, std::int64_t width)
    : logits_(RandomOperands().map(logits, at::kFloat)), output_(output), height_(height), width_(width) {}

Tensors ClassMapTrial::run(bool own) const {
  if (own) return {class_map(logits_, output_, height_, width_)};
  return {at::argmax(full_resolution(logits_, output_, height_, width_), 1).to(at::kByte)};
}

std::vector<ResultError> ClassMapTrial::errors() const {
  // Of two logits that differ by rounding only, either may win.
  constexpr double kTies = 1e-5;
  const at::Tensor differs = run(true)[0].ne(run(false)[0]);
  return {{"classes", differs.to(at::kDouble).mean().item<double>(), kTies}};
}

}  // namespace seg
