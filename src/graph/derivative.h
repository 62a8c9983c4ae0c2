// SPDX-License-Identifier: Apache-2.0
// The derivative of each kind of operation as data: what it reads, what the forward pass must save for it, what may be
// overwritten, and where it is the identity. The plan is made from this; the engine's kernels keep to it.
//
// Besides the gradient of the output, a vector-Jacobian product reads only what is declared here; shapes of inputs and
// outputs are always known to it and cost nothing. Pure data.
#pragma once
#include <cstdint>
#include <vector>

#include "graph/graph.h"

namespace seg {

// An extra result of the forward kernel.
struct Saved {
  enum class Extent : std::uint8_t { channels, output, first_input };  // [C], or the shape of that value
  Extent extent;
  enum class Type : std::uint8_t { full, byte, first_input } type;
};

struct Derivative {
  unsigned reads_inputs = 0;  // bit i: input i
  bool reads_output = false;
  std::vector<Saved> saved{};      // written by the forward step after its output, read by the derivative in that order
  unsigned differentiable = 1;     // bit i: a gradient can flow to input i
  unsigned identity = 0;           // bit i: the gradient of input i is the gradient of the output, the same slot
  bool forward_in_place = false;   // the output may be written over input 0
  bool backward_in_place = false;  // the gradient of input 0 may be written over the gradient of the output
  bool makes_gradient = false;     // a loss: saved[0] is the gradient of input 0, and there is no backward step
};
Derivative derivative_of(const Node& node);

// Bit i: only the shape of input i is read, in both directions; a step does not read its slot.
unsigned shape_only_inputs(const Node& node);

}  // namespace seg
