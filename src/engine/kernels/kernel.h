// SPDX-License-Identifier: Apache-2.0
// The kernels of the operations: for each a forward and a vector-Jacobian product, as plain functions over tensors.
//
// A forward kernel reads the node's inputs and gives the output, then what the derivative declares as saved. A VJP
// reads the gradient of the output, then what graph/derivative.h declares, and gives one gradient per input. Results
// come back in the order of Step::writes; one that nobody wants may come back undefined. No result shares storage with
// an operand unless the call is in place: then result 0 is operand 0. Maps are channels-last in and out. Kernels keep
// no state. Autograd is off around all of them.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "graph/graph.h"

namespace seg {

using Tensors = std::vector<at::Tensor>;

// What holds for a whole run.
struct KernelContext {
  at::ScalarType full = at::kFloat;     // what NumberType::full means: the parameters' type
  at::ScalarType compute = at::kFloat;  // what NumberType::compute means
  bool training = true;
  std::uint64_t dropout_seed = 0;
  std::span<const std::uint64_t> sample_numbers{};
  double loss_weight = 1.0;
};

struct Call {
  const Node& node;
  std::span<const at::Tensor> reads;     // undefined where the operand is absent, or where only its shape matters
  std::span<const Shape> shapes;         // by value, of this run
  std::span<const std::uint8_t> wanted;  // by result: 0 if nobody reads it
  bool in_place;
  const KernelContext& context;

  bool wants(std::size_t result) const { return result < wanted.size() && wanted[result] != 0; }
  const Shape& input_shape(std::size_t i) const { return shapes[static_cast<std::size_t>(node.inputs[i])]; }
  const Shape& output_shape() const { return shapes[static_cast<std::size_t>(node.output)]; }
};

using KernelFunction = Tensors (*)(const Call&);

// A pair for any device, made of ATen's operations, and where there is one a pair of our own for the CPU, which hands
// what it does not serve (another layout, say) to the composite.
struct Kernels {
  KernelFunction forward = nullptr;
  KernelFunction vjp = nullptr;  // nullptr: no gradient flows through it, or its forward makes the gradient
  KernelFunction cpu_forward = nullptr;
  KernelFunction cpu_vjp = nullptr;
  KernelFunction recompute = nullptr;  // the output once more, as StepKind::recompute has it; likewise a pair
  KernelFunction cpu_recompute = nullptr;
};
const Kernels& kernels_of(Op op);  // the one table: kernels.cpp

at::ScalarType scalar_type(NumberType type, const KernelContext& context);

// The operand as ATen takes optional ones.
inline std::optional<at::Tensor> optional_tensor(const at::Tensor& tensor) {
  return tensor.defined() ? std::optional(tensor) : std::nullopt;
}

}  // namespace seg
