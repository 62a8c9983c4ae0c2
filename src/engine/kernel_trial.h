// SPDX-License-Identifier: Apache-2.0
// One node of a graph alone, with random operands: the kernel that a network on a CPU takes for it, beside the
// composite of ATen's operations.
//
// Not thread-safe: one thread calls torch.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/kernels/kernel.h"
#include "graph/shapes.h"

namespace seg {

// Whether a kernel of our own serves the node on a CPU, at these shapes of its inputs.
bool has_own_kernel(const Node& node, const std::vector<Shape>& inputs);

class KernelTrial {
 public:
  // inputs: by input of the node; types: alike (number_types() of graph/graph.h).
  KernelTrial(const Node& node, const std::vector<Shape>& inputs, const std::vector<NumberType>& types,
              const Shape& output, at::ScalarType compute);

  // Forward and derivative: the result, and the gradient of the first operand if there is one.
  Tensors run(bool own) const;

  // The norm of the difference between both over the composite's, the largest over what run() gives.
  double error() const;
  // What error() may be: rounding, and a few gradients for which it decides whether a ReLU lets them pass.
  double tolerance() const;

 private:
  Tensors call(KernelFunction kernel, const Tensors& reads) const;

  Node node_;
  KernelContext context_;
  std::vector<std::uint64_t> sample_numbers_;
  Tensors inputs_;
  std::vector<Shape> shapes_;
  at::Tensor gradient_;
};

}  // namespace seg
