// SPDX-License-Identifier: Apache-2.0
// to_string(Plan): for people.
#include <sstream>

#include "graph/plan.h"

namespace seg {
namespace {

const char* name_of(StepKind kind) {
  switch (kind) {
    case StepKind::forward: return "forward";
    case StepKind::vjp: return "vjp";
    case StepKind::recompute: return "recompute";
    case StepKind::sum: return "sum";
    case StepKind::store: return "store";
    case StepKind::yield: return "yield";
  }
  return "?";
}

void write_slots(std::ostream& out, const char* label, const std::vector<Slot>& slots) {
  if (slots.empty()) return;
  out << "  " << label;
  for (const Slot slot : slots) {
    if (slot == kNoSlot) {
      out << " -";
    } else {
      out << ' ' << slot;
    }
  }
}

void write_steps(std::ostream& out, const Graph& graph, const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    out << name_of(step.kind);
    if (step.node >= 0) {
      const Node& node = graph.nodes[static_cast<std::size_t>(step.node)];
      out << ' ' << node.name << " (" << name_of(node.op) << ')';
    }
    write_slots(out, "reads", step.reads);
    write_slots(out, step.in_place ? "writes over the first" : "writes", step.writes);
    write_slots(out, "releases", step.releases);
    out << '\n';
  }
}

}  // namespace

std::string to_string(const Graph& graph, const Plan& plan) {
  std::ostringstream out;
  out << "forward:\n";
  write_steps(out, graph, plan.forward);
  if (!plan.backward.empty()) {
    out << "backward:\n";
    write_steps(out, graph, plan.backward);
  }
  return out.str();
}

}  // namespace seg
