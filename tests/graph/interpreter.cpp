// SPDX-License-Identifier: Apache-2.0
#include "tests/graph/interpreter.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "graph/derivative.h"
#include "tests/graph/kernels.h"

namespace seg::testing {
namespace {

std::size_t index(std::int32_t id) { return static_cast<std::size_t>(id); }

[[noreturn]] void refuse(const std::string& what) { throw std::logic_error("[interpreter] " + what); }

}  // namespace

Interpreter::Interpreter(const Graph& graph, const Plan& plan, const InputSize& size)
    : graph_(graph),
      plan_(plan),
      shapes_(shapes(graph, size)),
      slots_(plan.slots.size()),
      was_written_(plan.slots.size()) {}

std::vector<Array> Interpreter::forward(const Arrays& leaves) {
  for (const Node& node : graph_.nodes) {
    if (node.op != Op::input && node.op != Op::parameter) continue;
    const Array& leaf = leaves.at(node.name);
    if (leaf.shape != shapes_[index(node.output)]) refuse(node.name + " is " + to_string(leaf.shape));
    slots_[index(node.output)] = leaf;
  }
  run(plan_.forward);
  forget_derived();
  if (plan_.backward.empty()) check_nothing_is_left();
  return std::exchange(outputs_, {});
}

void Interpreter::backward(const std::vector<Array>& output_gradients) {
  for (std::size_t k = 0; k < plan_.output_gradients.size(); ++k) {
    if (plan_.output_gradients[k] != kNoSlot) slots_[index(plan_.output_gradients[k])] = output_gradients.at(k);
  }
  run(plan_.backward);
  check_nothing_is_left();
}

Array Interpreter::take_or_copy(const Step& step, std::size_t read) {
  const Slot slot = step.reads[read];
  if (slot == kNoSlot) return Array(Shape{0});
  std::optional<Array>& array = slots_[index(slot)];
  if (!array) refuse("slot " + std::to_string(slot) + " is read but not there");
  if (read == 0 && step.in_place) {
    if (plan_.slots[index(slot)].is_outside) refuse("slot " + std::to_string(slot) + " is not ours to overwrite");
    if (std::count(step.reads.begin(), step.reads.end(), slot) != 1)
      refuse("a slot is read beside its own overwriting");
    return *std::exchange(array, std::nullopt);
  }
  return *array;
}

std::vector<Array> Interpreter::results_of(const Step& step, std::vector<Array> operands) {
  if (step.kind == StepKind::sum) {
    Array& total = operands[0];
    for (std::size_t i = 0; i < total.data.size(); ++i) total.data[i] += operands[1].data[i];
    return {total};
  }
  if (step.kind == StepKind::yield) {
    outputs_ = std::move(operands);
    return {};
  }
  const Node& node = graph_.nodes[index(step.node)];
  if (step.kind == StepKind::store) {
    if (!gradients_.emplace(node.name, operands[0]).second) refuse(node.name + " is stored twice");
    return {};
  }
  if (step.kind == StepKind::recompute) return {normalize_again(node, operands)};
  if (step.kind == StepKind::forward) {
    if (node.op == Op::batch_norm) ++updates_[node.name];
    return evaluate(node, operands, shapes_[index(node.output)]);
  }
  std::vector<Shape> inputs;
  for (const ValueId input : node.inputs) inputs.push_back(input == kNoValue ? Shape{0} : shapes_[index(input)]);
  return product(node, operands, inputs, shapes_[index(node.output)]);
}

// All numbers are doubles, but for saved ones that a network holds as bytes.
std::int64_t Interpreter::bytes_of(Slot slot, const Array& array) const {
  const SlotInfo& info = plan_.slots[index(slot)];
  const bool is_byte = info.kind == SlotInfo::Kind::saved &&
                       derivative_of(graph_.nodes[index(info.node)]).saved[index(info.index)].type == Saved::Type::byte;
  return static_cast<std::int64_t>(array.data.size()) * (is_byte ? 1 : 8);
}

void Interpreter::run(const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    std::vector<Array> operands;
    std::int64_t handed_on = 0;
    for (std::size_t k = 0; k < step.reads.size(); ++k) operands.push_back(take_or_copy(step, k));
    if (step.in_place) handed_on = bytes_of(step.reads[0], operands[0]);
    std::vector<Array> results = results_of(step, std::move(operands));
    for (std::size_t k = 0; k < step.writes.size(); ++k) {
      const Slot slot = step.writes[k];
      if (slot == kNoSlot) continue;
      if (was_written_[index(slot)]) refuse("slot " + std::to_string(slot) + " is written twice");
      was_written_[index(slot)] = true;
      bytes_live_ += bytes_of(slot, results.at(k));
      slots_[index(slot)] = std::move(results[k]);
    }
    bytes_live_ -= handed_on;
    live_.push_back(bytes_live_);
    for (const Slot slot : step.releases) {
      if (step.in_place && slot == step.reads[0]) continue;
      if (!slots_[index(slot)]) refuse("slot " + std::to_string(slot) + " is released but not there");
      if (!plan_.slots[index(slot)].is_outside) bytes_live_ -= bytes_of(slot, *slots_[index(slot)]);
      slots_[index(slot)].reset();
    }
  }
}

// Nobody releases what may serve the next run; here there is none.
void Interpreter::forget_derived() {
  for (std::size_t i = 0; i < plan_.num_derived; ++i) slots_[index(plan_.forward[i].writes.front())].reset();
}

void Interpreter::check_nothing_is_left() const {
  for (std::size_t s = 0; s < slots_.size(); ++s) {
    if (slots_[s] && !plan_.slots[s].is_outside) refuse("slot " + std::to_string(s) + " is never released");
  }
}

}  // namespace seg::testing
