// SPDX-License-Identifier: Apache-2.0
// One node of a graph alone, with random operands: the kernel that a network on a CPU takes for it, beside the
// composite of ATen's operations. The same for what makes classes of logits, which is no node.
//
// A trial's operands are the same every time. Not thread-safe: one thread calls torch.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/kernels/kernel.h"

namespace seg {

// Of a node's operands (empty where one is absent), and of its result; types as number_types() of graph/graph.h has
// them.
struct NodeShapes {
  std::vector<Shape> inputs;
  std::vector<NumberType> types;
  Shape output;
};

struct TrialConditions {
  at::ScalarType compute = at::kFloat;
  bool training = true;  // false: only the result counts
};

// Whether a kernel of our own serves the node on a CPU, in one direction at least.
bool has_own_kernel(const Node& node, const NodeShapes& shapes, const TrialConditions& conditions);

// How far a result of ours is from the composite's: the norm of the difference over the norm. The tolerance is what
// rounding explains for this kernel, this result and this type of numbers.
struct ResultError {
  std::string result;  // "output", "weight gradient", ...
  double error = 0, tolerance = 0;
};

// Of all the largest; of none 0.
double largest_error(std::span<const ResultError> errors);
// What differs by more than rounding explains, for people; empty if nothing does. NaN differs.
std::string disagreement(std::span<const ResultError> errors);

class KernelTrial {
 public:
  KernelTrial(const Node& node, const NodeShapes& shapes, const TrialConditions& conditions);

  // All that the node gives: forward, and in training the gradients of all its operands.
  Tensors run(bool own) const;
  // By result, and what is updated in place: both kernels begin with the same numbers.
  std::vector<ResultError> errors() const;

 private:
  Tensors call(KernelFunction kernel, const Node& node, const Tensors& reads) const;
  Tensors results_of(bool own, const Tensors& inputs) const;
  void silence_near_zero();
  void ignore_near_threshold();

  Node node_;
  KernelContext context_;
  std::vector<std::uint64_t> sample_numbers_;
  Tensors inputs_;
  std::vector<Shape> shapes_;
  at::Tensor gradient_;  // of the result; undefined without a derivative
};

class ClassMapTrial {
 public:
  // The logits [N,K,h,w] of an output, for images of this size.
  ClassMapTrial(const Shape& logits, const Output& output, std::int64_t height, std::int64_t width);

  Tensors run(bool own) const;
  std::vector<ResultError> errors() const;  // the share of pixels of another class

 private:
  at::Tensor logits_;
  Output output_;
  std::int64_t height_, width_;
};

}  // namespace seg
