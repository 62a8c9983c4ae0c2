// SPDX-License-Identifier: Apache-2.0
// Calls the kernels of one node as the network does: by what graph/derivative.h declares.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "engine/kernels/kernel.h"

namespace seg::testing {

struct KernelCase {
  Op op = Op::input;
  Options options{};
  std::vector<at::Tensor> inputs;
  Shape output_shape{};  // of upsampling by likeness and the like: what the kernel must know beforehand
  KernelContext context{};
  bool composite = false;  // even where the CPU has a kernel of its own
  std::string name = "node";
};

struct KernelResults {
  at::Tensor output;
  Tensors saved;
  Tensors gradients;  // one an input; undefined where none flows
};

Node node_of(const KernelCase& c);

// Forward, and the derivative for the given gradient of the output if that is defined. With in_place both are done so
// where the derivative allows it, on copies; the results must then lie in the operands' storage.
KernelResults run_kernels(const KernelCase& c, const at::Tensor& output_gradient = {}, bool in_place = false);

// Against the case of that name in tests/oracles/ops.py: output and gradients in float64 and float32, in place and not.
void expect_equal_to_python(const std::string& name, Op op, const Options& options);

}  // namespace seg::testing
