// SPDX-License-Identifier: Apache-2.0
// The passes that make a network's graph cheaper and that a run may switch one by one (key `passes`), in training and
// where networks only look at images.
//
// Each leaves results as they are but for rounding. What they save is counted from the graph before and after: nothing
// is run. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/cost.h"
#include "graph/graph.h"
#include "graph/shapes.h"

namespace seg {

// Where and in which precision the network computes.
struct PassConditions {
  bool is_cpu = true;
  bool is_half = false;  // half precision
  // Of the processor: adds up products of bfloat16 values by vectors, and has no unit for whole matrices of them, which
  // would be faster still.
  bool has_bfloat16_vectors = true;
};

struct GraphPass {
  std::string_view name;
  std::string_view help;
  bool (*helps)(const PassConditions& conditions);  // `auto` takes it then
  bool is_for_training;                             // false: for inference alone
  Graph (*apply)(const Graph& graph);
};

// In the order in which they are applied.
std::span<const GraphPass> pass_catalogue();

// By the key: nothing (`auto`) takes all that help here, {"none"} takes none, names take exactly these, and
// names with a minus (or `auto` among others) begin with `auto`. UserError at `passes` for what is no pass's name.
using PassRequest = std::optional<std::vector<std::string>>;
std::vector<const GraphPass*> choose_passes(const PassRequest& request, const PassConditions& conditions);

// "fuse_batch_norm,phase_convolution"; "none". choose_passes() of its parts gives the same passes.
std::string names_of(std::span<const GraphPass* const> passes);

// All of them, for inference; or those for training.
Graph with_passes(Graph graph, std::span<const GraphPass* const> passes);
Graph with_training_passes(Graph graph, std::span<const GraphPass* const> passes);

// Of a training step; or of an inference, whose weights were derived before.
struct StepCost {
  std::int64_t macs = 0;         // of the forward pass
  std::int64_t moved_bytes = 0;  // each step reads its operands and writes its results once
  std::int64_t peak_bytes = 0;   // of values held at once
};
StepCost step_cost(const Graph& graph, const InputSize& size, const NumberBytes& bytes);
StepCost inference_cost(const Graph& graph, const InputSize& size, const NumberBytes& bytes);

}  // namespace seg
