// SPDX-License-Identifier: Apache-2.0
#include "evaluation/image_memory.h"

#include <algorithm>

#include "graph/memory_plan.h"
#include "graph/workspace.h"

namespace seg {
namespace {

constexpr std::int64_t kFloat = 4, kIndex = 8;  // bytes

// What each thread of engine/class_map.cpp holds: two rows of all classes' logits at the image's width.
std::int64_t wide_rows(const LookedAt& looked_at, std::int64_t classes) {
  return looked_at.threads * 2 * classes * looked_at.size.width * kFloat;
}

}  // namespace

std::int64_t image_memory(const Graph& graph, const Plan& plan, const LookedAt& looked_at) {
  const InputSize& size = looked_at.size;
  const auto workspace = workspace_bytes(graph, plan, size, looked_at.bytes, looked_at.threads);
  const MemoryPlan memory = plan_memory(graph, plan, size, looked_at.bytes, workspace);
  const std::vector<Shape> all = shapes(graph, size);
  const Shape& output = all[static_cast<std::size_t>(graph.outputs.front().value)];
  const std::int64_t classes = output.at(1), pixels = size.images * size.height * size.width;
  const std::int64_t channels = all[static_cast<std::size_t>(find_node(graph, "image").output)].back();
  const std::int64_t before = memory.live_bytes.back();  // the output, and what the network derived
  const std::int64_t logits = pixels * classes * kFloat;
  const std::int64_t after = !looked_at.as_logits ? pixels + wide_rows(looked_at, classes)
                                                  : logits + std::max(looked_at.resizes ? logits : 0, pixels * kIndex);
  // Between levels an image's numbers are floats.
  const std::int64_t levels = looked_at.resizes ? pixels * channels * kFloat : 0;
  return std::max(levels + memory.peak_bytes, before + after);
}

}  // namespace seg
