// SPDX-License-Identifier: Apache-2.0
// by_branch(): the order of nodes that lets branches be differentiated and freed one after the other.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "graph/passes.h"

namespace seg {
namespace {

std::size_t index(std::int32_t id) { return static_cast<std::size_t>(id); }

class BranchOrder {
 public:
  explicit BranchOrder(const Graph& graph) : graph_(graph), needs_(graph.nodes.size()) {
    std::vector<std::size_t> writer(index(graph.num_values));
    std::unordered_map<ValueId, std::size_t> last_update;  // by running statistics: the node that updates them
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      const Node& node = graph.nodes[i];
      writer[index(node.output)] = i;
      for (const ValueId input : node.inputs) {
        if (input != kNoValue) needs_[i].push_back(writer[index(input)]);
      }
      if (node.op != Op::batch_norm) continue;
      // Two norms over one set of statistics keep their order: updating them is a side effect.
      const auto [previous, is_first] = last_update.try_emplace(node.inputs[3], i);
      if (!is_first) needs_[i].push_back(std::exchange(previous->second, i));
    }
    for (const Output& output : graph.outputs) targets_.push_back(writer[index(output.value)]);
  }

  Graph run() {
    Graph result;
    result.outputs = graph_.outputs;
    result.num_values = graph_.num_values;
    std::vector<bool> is_done(graph_.nodes.size());
    const auto append = [&](std::size_t i) {
      if (!is_done[i]) result.nodes.push_back(graph_.nodes[i]);
      is_done[i] = true;
    };
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (graph_.nodes[i].op == Op::input || graph_.nodes[i].op == Op::parameter) append(i);
    }
    for (const std::vector<std::size_t>& branch : branches()) {
      for (const std::size_t i : branch) append(i);
    }
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) append(i);  // what no output needs
    return result;
  }

 private:
  // Of each output, all nodes that it needs in their old order; the smallest first.
  std::vector<std::vector<std::size_t>> branches() const {
    std::vector<std::vector<std::size_t>> result;
    for (const std::size_t target : targets_) result.push_back(needed_by(target));
    std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
    return result;
  }

  std::vector<std::size_t> needed_by(std::size_t target) const {
    std::vector<bool> is_needed(graph_.nodes.size());
    is_needed[target] = true;
    std::vector<std::size_t> nodes;
    for (std::size_t i = target + 1; i-- > 0;) {
      if (!is_needed[i]) continue;
      nodes.push_back(i);
      for (const std::size_t need : needs_[i]) is_needed[need] = true;
    }
    std::reverse(nodes.begin(), nodes.end());
    return nodes;
  }

  const Graph& graph_;
  std::vector<std::vector<std::size_t>> needs_;  // by node: nodes that come before it
  std::vector<std::size_t> targets_;             // by output
};

}  // namespace

Graph by_branch(const Graph& graph) { return BranchOrder(graph).run(); }

}  // namespace seg
