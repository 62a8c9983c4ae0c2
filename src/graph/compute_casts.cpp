// SPDX-License-Identifier: Apache-2.0
// with_compute_casts(): precision as a pass.
#include <unordered_map>
#include <utility>

#include "graph/passes.h"

namespace seg {
namespace {

class ComputeCasts {
 public:
  explicit ComputeCasts(const Graph& graph) : graph_(graph), writers_(writers(graph)) {
    result_.num_values = graph.num_values;
  }

  Graph run() {
    for (const Node& original : graph_.nodes) {
      Node node = original;
      if (node.op == Op::normalize) std::get<NormalizeOptions>(node.options).to = NumberType::compute;
      if (node.op == Op::convolution) {
        for (ValueId& input : node.inputs) input = in_compute_type(input);
      }
      if (node.op == Op::loss) node.inputs[0] = cast(node.inputs[0], node.name, NumberType::full);
      result_.nodes.push_back(std::move(node));
    }
    for (Output output : graph_.outputs) {
      if (is_activation(output.value)) output.value = cast(output.value, output.name, NumberType::full);
      result_.outputs.push_back(std::move(output));
    }
    return std::move(result_);
  }

 private:
  const Node& writer(ValueId v) const { return *writers_[static_cast<std::size_t>(v)]; }

  // Refined logits are of full precision already.
  bool is_activation(ValueId v) const {
    return writer(v).op != Op::loss && writer(v).op != Op::argmax && writer(v).op != Op::put_points;
  }

  ValueId cast(ValueId value, const std::string& name, NumberType to) {
    const ValueId output = result_.num_values++;
    result_.nodes.push_back({Op::cast, name + ".cast", {value}, output, CastOptions{to}});
    return output;
  }

  ValueId in_compute_type(ValueId value) {
    if (value == kNoValue) return value;
    const Node& source = writer(value);
    const bool is_full = source.op == Op::parameter || source.op == Op::input || source.op == Op::phase_weight ||
                         source.op == Op::folded_weight;
    if (!is_full) return value;
    const auto known = copies_.find(value);
    if (known != copies_.end()) return known->second;
    return copies_[value] = cast(value, source.name, NumberType::compute);
  }

  const Graph& graph_;
  const std::vector<const Node*> writers_;
  Graph result_;
  std::unordered_map<ValueId, ValueId> copies_;  // of parameters and images
};

}  // namespace

Graph with_compute_casts(const Graph& graph) { return ComputeCasts(graph).run(); }

}  // namespace seg
