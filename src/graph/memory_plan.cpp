// SPDX-License-Identifier: Apache-2.0
#include "graph/memory_plan.h"

#include <span>

#include "graph/derivative.h"

namespace seg {
namespace {

std::size_t index(std::int32_t id) { return static_cast<std::size_t>(id); }

class SlotSizes {
 public:
  SlotSizes(const Graph& graph, const InputSize& size, const NumberBytes& bytes)
      : graph_(graph), bytes_(bytes), shapes_(shapes(graph, size)), types_(number_types(graph)) {}

  std::int64_t of_value(ValueId v) const { return element_count(shapes_[index(v)]) * bytes_.of(types_[index(v)]); }

  std::int64_t of_saved(const Node& node, const Saved& saved) const {
    const ValueId first_input = node.inputs.front();
    return count(node, saved, first_input) * bytes_.of(saved.type == Saved::Type::full   ? NumberType::full
                                                       : saved.type == Saved::Type::byte ? NumberType::byte
                                                                                         : types_[index(first_input)]);
  }

  std::int64_t of(const SlotInfo& info) const {
    if (info.kind != SlotInfo::Kind::saved) return of_value(info.value);
    const Node& node = graph_.nodes[index(info.node)];
    return of_saved(node, derivative_of(node).saved[index(info.index)]);
  }

 private:
  std::int64_t count(const Node& node, const Saved& saved, ValueId first_input) const {
    switch (saved.extent) {
      case Saved::Extent::channels: return shapes_[index(first_input)][1];
      case Saved::Extent::output: return element_count(shapes_[index(node.output)]);
      case Saved::Extent::first_input: break;
    }
    return element_count(shapes_[index(first_input)]);
  }

  const Graph& graph_;
  const NumberBytes bytes_;
  const std::vector<Shape> shapes_;
  const std::vector<NumberType> types_;
};

}  // namespace

std::vector<std::int64_t> slot_bytes(const Graph& graph, const Plan& plan, const InputSize& size,
                                     const NumberBytes& bytes) {
  const SlotSizes sizes(graph, size, bytes);
  std::vector<bool> is_written(plan.slots.size());
  for (const auto* steps : {&plan.forward, &plan.backward}) {
    for (const Step& step : *steps) {
      for (const Slot slot : step.writes) {
        if (slot != kNoSlot) is_written[index(slot)] = true;
      }
    }
  }
  std::vector<std::int64_t> result(plan.slots.size());
  for (std::size_t s = 0; s < result.size(); ++s) {
    if (is_written[s]) result[s] = sizes.of(plan.slots[s]);
  }
  return result;
}

std::int64_t moved_bytes(const Graph& graph, const Plan& plan, const InputSize& size, const NumberBytes& bytes) {
  const SlotSizes sizes(graph, size, bytes);
  std::int64_t moved = 0;
  for (const std::span<const Step> steps :
       {std::span(plan.forward).subspan(plan.num_derived), std::span(plan.backward)}) {
    for (const Step& step : steps) {
      if (step.kind == StepKind::yield) continue;
      for (const auto* slots : {&step.reads, &step.writes}) {
        for (const Slot slot : *slots) {
          if (slot != kNoSlot) moved += sizes.of(plan.slots[index(slot)]);
        }
      }
    }
  }
  return moved;
}

MemoryPlan plan_memory(const Graph& graph, const Plan& plan, const InputSize& size, const NumberBytes& bytes,
                       const std::vector<std::int64_t>& workspace) {
  const std::vector<std::int64_t> sizes = slot_bytes(graph, plan, size, bytes);
  MemoryPlan result;
  std::int64_t live = 0;
  for (const auto* steps : {&plan.forward, &plan.backward}) {
    for (const Step& step : *steps) {
      for (std::size_t k = 0; k < step.writes.size(); ++k) {
        const Slot slot = step.writes[k];
        if (slot != kNoSlot && !(step.in_place && k == 0)) live += sizes[index(slot)];
      }
      const std::size_t number = result.live_bytes.size();
      const std::int64_t held = live + (workspace.empty() ? 0 : workspace.at(number));
      if (held > result.peak_bytes) {
        result.peak_bytes = held;
        result.peak_step = number;
      }
      result.live_bytes.push_back(held);
      for (const Slot slot : step.releases) {
        const bool is_handed_on = step.in_place && slot == step.reads[0];
        if (!is_handed_on) live -= sizes[index(slot)];
      }
    }
  }
  return result;
}

}  // namespace seg
