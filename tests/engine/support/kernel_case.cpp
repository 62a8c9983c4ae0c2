// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/support/kernel_case.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "graph/derivative.h"
#include "tests/engine/support/oracle.h"

namespace seg::testing {
namespace {

bool has_bit(unsigned bits, std::size_t i) { return (bits >> i & 1U) != 0; }

at::Tensor channels_last(const at::Tensor& x) {
  return x.dim() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x.contiguous();
}

struct Runner {
  explicit Runner(const KernelCase& given) : c(given), node(node_of(given)), derivative(derivative_of(node)) {
    for (const at::Tensor& input : c.inputs) shapes.push_back(input.defined() ? input.sizes().vec() : Shape{});
    shapes.push_back(c.output_shape);
  }

  Tensors call(bool forward, const Tensors& reads, const std::vector<std::uint8_t>& wanted, bool in_place) const {
    const Kernels& kernels = kernels_of(c.op);
    KernelFunction function = forward ? kernels.forward : kernels.vjp;
    const KernelFunction on_cpu = forward ? kernels.cpu_forward : kernels.cpu_vjp;
    if (on_cpu != nullptr && !c.composite) function = on_cpu;
    return function({node, reads, shapes, wanted, in_place, c.context});
  }

  const KernelCase& c;
  Node node;
  Derivative derivative;
  std::vector<Shape> shapes;
};

void compare(const std::string& name, const KernelCase& c, double tolerance, bool in_place) {
  const Oracle& oracle = Oracle::get("ops");
  const bool has_gradient = oracle.has(name + "/dy");
  const at::ScalarType type = c.context.full;
  const at::Tensor dy = has_gradient ? channels_last(oracle.at(name + "/dy").to(type)) : at::Tensor();
  const KernelResults results = run_kernels(c, dy, in_place);
  EXPECT_EQ(results.output.sizes(), oracle.at(name + "/out").sizes());
  EXPECT_LT(relative_error(results.output, oracle.at(name + "/out")), tolerance) << name << " output";
  if (results.output.dim() == 4) {
    EXPECT_TRUE(results.output.is_contiguous(at::MemoryFormat::ChannelsLast)) << name;
  }
  const Derivative derivative = derivative_of(node_of(c));
  for (std::size_t i = 0; i < c.inputs.size(); ++i) {
    const std::string key = name + "/grad" + std::to_string(i);
    if (!oracle.has(key) || has_bit(derivative.identity, i)) continue;
    ASSERT_TRUE(results.gradients.at(i).defined()) << key;
    EXPECT_EQ(results.gradients[i].sizes(), oracle.at(key).sizes());
    EXPECT_LT(relative_error(results.gradients[i], oracle.at(key)), tolerance) << key;
  }
}

}  // namespace

Node node_of(const KernelCase& c) {
  Node node{
      .op = c.op, .name = c.name, .inputs = {}, .output = static_cast<ValueId>(c.inputs.size()), .options = c.options};
  for (std::size_t i = 0; i < c.inputs.size(); ++i)
    node.inputs.push_back(c.inputs[i].defined() ? static_cast<ValueId>(i) : kNoValue);
  return node;
}

KernelResults run_kernels(const KernelCase& c, const at::Tensor& output_gradient, bool in_place) {
  const at::AutoDispatchBelowADInplaceOrView no_autograd;
  Runner runner(c);
  Tensors reads;
  const unsigned shape_only = shape_only_inputs(runner.node);
  for (std::size_t i = 0; i < c.inputs.size(); ++i)
    reads.push_back(has_bit(shape_only, i) ? at::Tensor() : c.inputs[i]);
  const bool forward_in_place = in_place && runner.derivative.forward_in_place;
  if (forward_in_place) reads[0] = reads[0].clone();
  const std::vector<std::uint8_t> all_wanted(1 + runner.derivative.saved.size(), 1);
  Tensors results = runner.call(true, reads, all_wanted, forward_in_place);
  if (forward_in_place) {
    EXPECT_EQ(results[0].const_data_ptr(), reads[0].const_data_ptr());
  }
  KernelResults result{.output = results[0], .saved = {results.begin() + 1, results.end()}, .gradients = {}};
  if (!output_gradient.defined()) return result;

  runner.shapes.back() = result.output.sizes().vec();
  const bool backward_in_place = in_place && runner.derivative.backward_in_place;
  Tensors backward_reads{backward_in_place ? output_gradient.clone() : output_gradient};
  for (std::size_t i = 0; i < c.inputs.size(); ++i)
    if (has_bit(runner.derivative.reads_inputs, i)) backward_reads.push_back(c.inputs[i]);
  if (runner.derivative.reads_output) backward_reads.push_back(result.output);
  backward_reads.insert(backward_reads.end(), result.saved.begin(), result.saved.end());
  std::vector<std::uint8_t> wanted;
  for (std::size_t i = 0; i < c.inputs.size(); ++i)
    wanted.push_back(c.inputs[i].defined() && has_bit(runner.derivative.differentiable, i) &&
                     !has_bit(runner.derivative.identity, i));
  if (std::count(wanted.begin(), wanted.end(), 1) == 0) return result;
  result.gradients = runner.call(false, backward_reads, wanted, backward_in_place);
  if (backward_in_place) {
    EXPECT_EQ(result.gradients[0].const_data_ptr(), backward_reads[0].const_data_ptr());
  }
  return result;
}

void expect_equal_to_python(const std::string& name, Op op, const Options& options) {
  const Oracle& oracle = Oracle::get("ops");
  for (const auto& [type, tolerance] : {std::pair(at::kDouble, 1e-13), std::pair(at::kFloat, 3e-6)}) {
    KernelCase c{.op = op, .options = options, .inputs = {}, .output_shape = oracle.at(name + "/out").sizes().vec()};
    c.context.full = c.context.compute = type;
    for (int i = 0; oracle.has(name + "/in" + std::to_string(i)); ++i) {
      const at::Tensor& input = oracle.at(name + "/in" + std::to_string(i));
      // A copy: kernels may update operands, and the oracle is shared.
      c.inputs.push_back(channels_last(input.is_floating_point() ? input.to(type, false, true) : input.clone()));
    }
    if (op == Op::convolution && c.inputs.size() == 2) c.inputs.emplace_back();  // no bias
    compare(name, c, tolerance, /*in_place=*/false);
    const Derivative derivative = derivative_of(node_of(c));
    if (derivative.forward_in_place || derivative.backward_in_place) compare(name, c, tolerance, /*in_place=*/true);
  }
}

}  // namespace seg::testing
