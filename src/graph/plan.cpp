// SPDX-License-Identifier: Apache-2.0
#include "graph/plan.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "graph/derivative.h"

namespace seg {
namespace {

std::size_t index(std::int32_t id) { return static_cast<std::size_t>(id); }

bool reads_bit(unsigned bits, std::size_t k) { return k < 32 && (bits >> k & 1u) != 0; }

class Planner {
 public:
  explicit Planner(const Graph& graph) : graph_(graph), writers_(writers(graph)) {
    for (ValueId v = 0; v < graph.num_values; ++v) {
      const Node* writer = writers_[index(v)];
      const bool is_outside = writer != nullptr && (writer->op == Op::input || writer->op == Op::parameter);
      plan_.slots.push_back({.value = v, .is_outside = is_outside});
    }
    needs_gradient_.resize(index(graph.num_values));
    gradient_.assign(index(graph.num_values), kNoSlot);
    saved_.resize(graph.nodes.size());
  }

  Plan differentiated(Schedule schedule) {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      note_need_of_gradient(graph_.nodes[i]);
      emit_forward(i);
    }
    emit_yield();
    emit_output_gradients();
    for (std::size_t i = graph_.nodes.size(); i-- > 0;) emit_backward(i);
    if (schedule == Schedule::earliest) hoist_backward();
    recompute_outputs();
    place_releases();
    return std::move(plan_);
  }

  Plan forward_only() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) emit_forward(i);
    emit_yield();
    plan_.output_gradients.assign(graph_.outputs.size(), kNoSlot);
    put_derived_first();
    place_releases();
    return std::move(plan_);
  }

 private:
  Slot new_slot(const SlotInfo& info) {
    plan_.slots.push_back(info);
    return static_cast<Slot>(plan_.slots.size()) - 1;
  }
  Slot new_gradient(ValueId v, bool is_outside = false) {
    return new_slot({.kind = SlotInfo::Kind::gradient, .value = v, .is_outside = is_outside});
  }
  bool needs_gradient(ValueId v) const { return v != kNoValue && needs_gradient_[index(v)]; }
  bool flows_to(const Node& node, const Derivative& derivative, std::size_t k) const {
    return reads_bit(derivative.differentiable, k) && needs_gradient(node.inputs[k]);
  }

  void put_derived_first() {
    std::vector<bool> is_constant(index(graph_.num_values));
    for (const Node& node : graph_.nodes) is_constant[index(node.output)] = node.op == Op::parameter;
    const auto is_derived = [&](const Step& step) {
      if (step.kind != StepKind::forward) return false;
      const Node& node = graph_.nodes[index(step.node)];
      const bool result = std::ranges::all_of(
          node.inputs, [&](ValueId input) { return input == kNoValue || is_constant[index(input)]; });
      is_constant[index(node.output)] = result;
      return result;
    };
    const auto others = std::stable_partition(plan_.forward.begin(), plan_.forward.end(), is_derived);
    plan_.num_derived = static_cast<std::size_t>(others - plan_.forward.begin());
  }

  void note_need_of_gradient(const Node& node) {
    const Derivative derivative = derivative_of(node);
    bool needs = is_trainable(node);
    for (std::size_t k = 0; k < node.inputs.size(); ++k) needs = needs || flows_to(node, derivative, k);
    needs_gradient_[index(node.output)] = needs;
  }

  void emit_forward(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (node.op == Op::input || node.op == Op::parameter) return;
    Step step{
        .kind = StepKind::forward, .node = static_cast<std::int32_t>(i), .reads = node.inputs, .writes = {node.output}};
    const unsigned shape_only = shape_only_inputs(node);
    for (std::size_t k = 0; k < step.reads.size(); ++k) {
      if (reads_bit(shape_only, k)) step.reads[k] = kNoSlot;
    }
    const std::size_t num_saved = derivative_of(node).saved.size();
    for (std::size_t k = 0; k < num_saved; ++k) {
      saved_[i].push_back(needs_gradient(node.output) ? new_slot({.kind = SlotInfo::Kind::saved,
                                                                  .node = static_cast<std::int32_t>(i),
                                                                  .index = static_cast<std::int32_t>(k)})
                                                      : kNoSlot);
      step.writes.push_back(saved_[i].back());
    }
    plan_.forward.push_back(std::move(step));
  }

  void emit_yield() {
    Step step{.kind = StepKind::yield};
    for (const Output& output : graph_.outputs) step.reads.push_back(output.value);
    plan_.forward.push_back(std::move(step));
  }

  void emit_output_gradients() {
    for (const Output& output : graph_.outputs) {
      const bool is_given = needs_gradient(output.value) && writers_[index(output.value)]->op != Op::loss;
      plan_.output_gradients.push_back(is_given ? new_gradient(output.value, true) : kNoSlot);
      if (is_given) contribute(output.value, plan_.output_gradients.back());
    }
  }

  void emit_backward(std::size_t i) {
    const Node& node = graph_.nodes[i];
    if (!needs_gradient(node.output)) return;
    const Derivative derivative = derivative_of(node);
    if (derivative.makes_gradient) {
      contribute(node.inputs[0], saved_[i][0]);
      return;
    }
    const Slot incoming = gradient_[index(node.output)];
    if (incoming == kNoSlot) return;  // no output depends on it
    if (node.op == Op::parameter) {
      plan_.backward.push_back({.kind = StepKind::store, .node = static_cast<std::int32_t>(i), .reads = {incoming}});
      return;
    }
    emit_product(i, derivative, incoming);
  }

  void emit_product(std::size_t i, const Derivative& derivative, Slot incoming) {
    const Node& node = graph_.nodes[i];
    Step step{.kind = StepKind::vjp, .node = static_cast<std::int32_t>(i), .reads = {incoming}};
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      if (reads_bit(derivative.reads_inputs, k)) step.reads.push_back(node.inputs[k]);
    }
    if (derivative.reads_output) step.reads.push_back(node.output);
    step.reads.insert(step.reads.end(), saved_[i].begin(), saved_[i].end());

    bool is_useful = false;
    std::vector<Slot> passed_on(node.inputs.size(), kNoSlot);
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      step.writes.push_back(kNoSlot);
      if (!flows_to(node, derivative, k)) continue;
      passed_on[k] = incoming;
      if (is_identity(node, derivative, k)) continue;
      step.writes.back() = passed_on[k] = new_gradient(node.inputs[k]);
      is_useful = true;
    }
    if (is_useful) plan_.backward.push_back(std::move(step));
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
      if (passed_on[k] != kNoSlot) contribute(node.inputs[k], passed_on[k]);
    }
  }

  bool is_identity(const Node& node, const Derivative& derivative, std::size_t k) const {
    if (node.op == Op::cast) return writers_[index(node.inputs[k])]->op == Op::parameter;
    return reads_bit(derivative.identity, k);
  }

  void contribute(ValueId value, Slot slot) {
    Slot& total = gradient_[index(value)];
    if (total == kNoSlot) {
      total = slot;
      return;
    }
    const Slot sum = new_gradient(value);
    plan_.backward.push_back({.kind = StepKind::sum, .reads = {total, slot}, .writes = {sum}});
    total = sum;
  }

  void hoist_backward() {
    std::vector<bool> exists(plan_.slots.size());
    for (ValueId v = 0; v < graph_.num_values; ++v) exists[index(v)] = plan_.slots[index(v)].is_outside;
    const auto is_there = [&](Slot slot) { return slot == kNoSlot || exists[index(slot)]; };
    std::vector<Step> order, waiting = std::move(plan_.backward);
    const auto append = [&](Step&& step) {
      for (const Slot slot : step.writes) {
        if (slot != kNoSlot) exists[index(slot)] = true;
      }
      order.push_back(std::move(step));
    };
    for (Step& step : plan_.forward) {
      append(std::move(step));
      std::vector<Step> later;  // one pass suffices: the backward list is in order of dependence
      for (Step& candidate : waiting) {
        if (std::all_of(candidate.reads.begin(), candidate.reads.end(), is_there)) {
          append(std::move(candidate));
        } else {
          later.push_back(std::move(candidate));
        }
      }
      waiting = std::move(later);
    }
    plan_.forward = std::move(order);
    plan_.backward = std::move(waiting);
  }

  bool is_recomputed(Slot slot) const {
    if (slot == kNoSlot || slot >= graph_.num_values) return false;
    const Node* const writer = writers_[index(slot)];
    if (writer == nullptr || writer->op != Op::batch_norm) return false;
    const auto& options = options_of<BatchNormOptions>(*writer);
    return options.recompute && !options.inference;  // statistics that run may have moved until then
  }

  Step recomputation_of(ValueId value, Slot result) const {
    const auto node = static_cast<std::size_t>(writers_[index(value)] - graph_.nodes.data());
    const std::vector<ValueId>& inputs = graph_.nodes[node].inputs;
    Step step{.kind = StepKind::recompute,
              .node = static_cast<std::int32_t>(node),
              .reads = {inputs[0], inputs[1], inputs[2]},
              .writes = {result}};
    step.reads.insert(step.reads.end(), saved_[node].begin(), saved_[node].end());
    return step;
  }

  // Derivatives that come soon after the value was read forward read it itself: nothing would be gained.
  void recompute_outputs() {
    constexpr std::ptrdiff_t kNear = 16;  // steps
    std::vector<std::ptrdiff_t> last_read(index(graph_.num_values));
    std::ptrdiff_t place = 0;
    for (const auto* steps : {&plan_.forward, &plan_.backward})
      for (const Step& step : *steps) {
        ++place;
        if (step.kind == StepKind::vjp) continue;
        for (const Slot slot : step.reads)
          if (is_recomputed(slot)) last_read[index(slot)] = place;
      }
    std::vector<Slot> again(index(graph_.num_values), kNoSlot);
    place = 0;
    for (auto* steps : {&plan_.forward, &plan_.backward}) {
      std::vector<Step> order;
      for (Step& step : *steps) {
        ++place;
        for (Slot& slot : step.reads) {
          if (step.kind != StepKind::vjp || !is_recomputed(slot) || place <= last_read[index(slot)] + kNear) continue;
          Slot& made = again[index(slot)];
          if (made == kNoSlot) {
            made = new_slot({.kind = SlotInfo::Kind::value, .value = slot});
            order.push_back(recomputation_of(slot, made));
          }
          slot = made;
        }
        order.push_back(std::move(step));
      }
      *steps = std::move(order);
    }
  }

  // A slot dies at the last step that reads it, or where it is written if nobody reads it. Parameters live on, and so
  // does what was derived from them for the steps behind.
  void place_releases() {
    std::vector<bool> is_needed_later(plan_.slots.size());
    for (const Node& node : graph_.nodes) {
      if (node.op == Op::parameter) is_needed_later[index(node.output)] = true;
    }
    std::vector<bool> is_derived(plan_.slots.size());
    for (std::size_t i = 0; i < plan_.num_derived; ++i) is_derived[index(plan_.forward[i].writes.front())] = true;
    for (std::size_t i = plan_.num_derived; i < plan_.forward.size(); ++i) {
      for (const Slot slot : plan_.forward[i].reads) {
        if (slot != kNoSlot && is_derived[index(slot)]) is_needed_later[index(slot)] = true;
      }
    }
    for (auto* steps : {&plan_.backward, &plan_.forward}) {
      for (auto step = steps->rbegin(); step != steps->rend(); ++step) {
        for (const auto* slots : {&step->reads, &step->writes}) {
          for (const Slot slot : *slots) {
            if (slot == kNoSlot || is_needed_later[index(slot)]) continue;
            is_needed_later[index(slot)] = true;
            step->releases.push_back(slot);
          }
        }
        choose_in_place(*step);
      }
    }
  }

  void choose_in_place(Step& step) const {
    if (!may_be_in_place(step) || step.writes.front() == kNoSlot) return;
    const auto can_give_storage = [&](std::size_t k) {
      const Slot slot = step.reads[k];
      return slot != kNoSlot && !plan_.slots[index(slot)].is_outside &&
             std::count(step.releases.begin(), step.releases.end(), slot) > 0 &&
             std::count(step.reads.begin(), step.reads.end(), slot) == 1;
    };
    if (!can_give_storage(0) && commutes(step) && can_give_storage(1)) std::swap(step.reads[0], step.reads[1]);
    step.in_place = can_give_storage(0);
  }

  bool may_be_in_place(const Step& step) const {
    switch (step.kind) {
      case StepKind::sum: return true;
      case StepKind::forward: return derivative_of(graph_.nodes[index(step.node)]).forward_in_place;
      case StepKind::vjp: return derivative_of(graph_.nodes[index(step.node)]).backward_in_place;
      case StepKind::recompute:
      case StepKind::store:
      case StepKind::yield: return false;
    }
    return false;
  }

  // Operands may change places: then the one that dies goes first.
  bool commutes(const Step& step) const {
    if (step.kind == StepKind::sum) return true;
    if (step.kind != StepKind::forward) return false;
    const Node& node = graph_.nodes[index(step.node)];
    return (node.op == Op::add || node.op == Op::mul) && !options_of<ElementwiseOptions>(node).second_is_1x1;
  }

  const Graph& graph_;
  const std::vector<const Node*> writers_;
  Plan plan_;
  std::vector<bool> needs_gradient_;      // by value
  std::vector<Slot> gradient_;            // by value: the sum of the contributions so far
  std::vector<std::vector<Slot>> saved_;  // by node
};

}  // namespace

Plan differentiate(const Graph& graph, Schedule schedule) {
  for (const Node& node : graph.nodes) {
    const bool is_folded = node.op == Op::folded_weight || node.op == Op::folded_bias ||
                           (node.op == Op::convolution && options_of<ConvolutionOptions>(node).relu);
    if (is_folded) throw std::logic_error("[plan] " + node.name + " is made for inference and has no derivative");
  }
  return Planner(graph).differentiated(schedule);
}

Plan forward_plan(const Graph& graph) { return Planner(graph).forward_only(); }

}  // namespace seg
