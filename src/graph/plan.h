// SPDX-License-Identifier: Apache-2.0
// Running a graph as lists of steps: forward, and backward by reverse-mode differentiation.
//
// Slots are single-assignment, like the graph's values: slot i below Graph::num_values IS value i; the others hold what
// derivatives need besides values (batch statistics, indices) and gradients. Where a derivative is the identity, the
// two gradients are one slot, never two names for one storage; a cast of a parameter counts as the identity, because
// the parameter's buffer converts when it adds. So "may be overwritten" is simply "this is the last step that reads the
// slot", and every slot is released right there.
// A BatchNorm that asks for it (BatchNormOptions::recompute) has its output released after the last step near it, and
// made again just before the first derivative far from it that reads it: from what its own derivative needs anyway.
// Slots that come from outside (inputs, parameters, the caller's output gradients) are never overwritten. The running
// statistics of a BatchNorm are updated by its forward step, a side effect: that step is never left out, repeated or
// moved across another reader of them.
// A plan depends on no size and no precision. Plain data; a plan outlives its graph but is run with it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "graph/graph.h"

namespace seg {

using Slot = std::int32_t;
inline constexpr Slot kNoSlot = -1;

enum class StepKind : std::uint8_t {
  forward,    // reads: the node's inputs; writes: output, saved…
  vjp,        // reads: gradient of the output, inputs that the derivative reads, output if it does, saved…;
              // writes: one gradient per input of the node
  recompute,  // reads: x, scale, shift and saved… of a BatchNorm; writes: its output once more, in a slot of its own
  sum,        // reads two contributions to one gradient, writes their sum
  store,      // reads the gradient of a parameter and adds it to its buffer: the parameter's gradient is complete
  yield       // reads the outputs: hands them to the caller; the last of the forward steps
};

struct Step {
  StepKind kind = StepKind::forward;
  std::int32_t node = -1;        // index into Graph::nodes; of the parameter for `store`; -1 for `sum` and `yield`
  std::vector<Slot> reads{};     // kNoSlot: operand absent, or only its shape matters
  std::vector<Slot> writes{};    // kNoSlot: nobody wants that result
  std::vector<Slot> releases{};  // read or written here for the last time
  bool in_place = false;         // the first slot written takes over the storage of reads[0], which is released here
};

// Whose shape and type a slot has.
struct SlotInfo {
  enum class Kind : std::uint8_t { value, saved, gradient } kind = Kind::value;
  ValueId value = kNoValue;  // of a value: itself; of a gradient: the value it belongs to; of `saved`: kNoValue
  std::int32_t node = -1;    // of `saved`: the node, and the index into Derivative::saved
  std::int32_t index = 0;
  bool is_outside = false;  // input, parameter or output gradient: not made by a step, never overwritten
};

struct Plan {
  std::vector<Step> forward, backward;
  std::size_t num_derived = 0;  // of forward_plan(): the first so many steps depend on parameters alone; what later
                                // ones read of them is not released: it may serve other runs
  std::vector<Slot> output_gradients;  // given by the caller before `backward`, in the order of Graph::outputs;
                                       // kNoSlot for a loss and for an output that needs none
  std::vector<SlotInfo> slots;         // by slot
};

// `earliest` moves each backward step up to where its operands exist: with losses inside the graph, a branch is
// differentiated and its values are released before the next branch begins. The same arithmetic, the same order of
// sums.
enum class Schedule : std::uint8_t { two_passes, earliest };
Plan differentiate(const Graph& graph, Schedule schedule = Schedule::earliest);

// For inference: no step saves anything, every value of the image is released after its last reader. What depends on
// parameters alone comes first.
Plan forward_plan(const Graph& graph);

// One line a step, for people.
std::string to_string(const Graph& graph, const Plan& plan);

}  // namespace seg
