// SPDX-License-Identifier: Apache-2.0
#include "graph/pass_catalogue.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/spelling.h"
#include "base/text.h"
#include "graph/memory_plan.h"
#include "graph/passes.h"
#include "graph/plan.h"
#include "graph/winograd.h"

namespace seg {
namespace {

constexpr std::array kPasses = {
    GraphPass{.name = "phase_convolution",
              .help = "a doubled map and its 3x3 convolution become four 2x2 convolutions of the small map",
              // In fp32 Winograd's algorithm saves more of the convolution of the doubled map.
              .helps = [](const PassConditions& c) { return c.is_cpu && c.is_half; },
              .is_for_training = true,
              .apply = with_phase_convolutions},
    GraphPass{.name = "fuse_batch_norm",
              .help = "batch normalisation and the ReLU behind it are one pass over the map, both ways",
              .helps = [](const PassConditions& c) { return c.is_cpu; },
              .is_for_training = true,
              .apply = fuse_batch_norm},
    GraphPass{.name = "winograd_convolution",
              .help = "3x3 convolutions of large maps by Winograd's algorithm: a quarter of the products in fp32, four "
                      "ninths in bf16",
              .helps = [](const PassConditions& c) { return c.is_cpu && (!c.is_half || c.has_bfloat16_vectors); },
              .is_for_training = true,
              .apply = [](const Graph& graph) { return with_winograd_convolutions(graph); }},
    GraphPass{.name = "recompute_batch_norm",
              .help = "the largest results of batch normalisation are not held for the derivative but made again",
              .helps = [](const PassConditions& c) { return c.is_cpu; },
              .is_for_training = true,
              .apply = with_recomputed_norms},
    // Behind the others, which know convolutions by what they are without a bias.
    GraphPass{.name = "fold_batch_norm",
              .help = "where a network only looks at images, convolutions do the work of the batch normalisation and "
                      "the ReLU behind them",
              .helps = [](const PassConditions& c) { return c.is_cpu; },
              .is_for_training = false,
              .apply = with_folded_batch_norm}};

[[noreturn]] void refuse(const std::string& word) {
  std::vector<std::string_view> names;
  for (const GraphPass& pass : kPasses) names.push_back(pass.name);
  const std::optional<std::string> meant = nearest(word, names);
  const std::string all = joined({names.begin(), names.end()}, ", ");
  fail("passes", "\"" + word + "\" is no pass over the graph",
       meant ? "passes=" + *meant : "passes=auto, none, or of " + all);
}

const GraphPass& find_pass(const std::string& word) {
  const auto* const found = std::ranges::find(kPasses, word, &GraphPass::name);
  if (found == kPasses.end()) refuse(word);
  return *found;
}

StepCost cost_of(const Graph& graph, const Plan& plan, const InputSize& size, const NumberBytes& bytes) {
  return {.macs = total_cost(graph, size, bytes).macs,
          .moved_bytes = moved_bytes(graph, plan, size, bytes),
          .peak_bytes = plan_memory(graph, plan, size, bytes).peak_bytes};
}

}  // namespace

std::span<const GraphPass> pass_catalogue() { return kPasses; }

std::vector<const GraphPass*> choose_passes(const PassRequest& request, const PassConditions& conditions) {
  std::array<bool, kPasses.size()> is_on{};
  const auto set = [&](const std::string& word, bool on) {
    is_on[static_cast<std::size_t>(&find_pass(word) - kPasses.data())] = on;
  };
  const std::vector<std::string> words = request.value_or(std::vector<std::string>{"auto"});
  const auto begins_with_auto = [](const std::string& word) { return word == "auto" || word.starts_with('-'); };
  if (std::ranges::any_of(words, begins_with_auto)) {
    for (std::size_t i = 0; i < kPasses.size(); ++i) is_on[i] = kPasses[i].helps(conditions);
  }
  for (const std::string& word : words) {
    if (word == "auto" || word == "none") continue;
    const bool is_minus = word.starts_with('-');
    set(is_minus ? word.substr(1) : word, !is_minus);
  }
  std::vector<const GraphPass*> passes;
  for (std::size_t i = 0; i < kPasses.size(); ++i) {
    if (is_on[i]) passes.push_back(&kPasses[i]);
  }
  return passes;
}

std::string names_of(std::span<const GraphPass* const> passes) {
  std::vector<std::string> names;
  for (const GraphPass* const pass : passes) names.emplace_back(pass->name);
  return names.empty() ? "none" : joined(names, ",");
}

Graph with_passes(Graph graph, std::span<const GraphPass* const> passes) {
  for (const GraphPass* const pass : passes) graph = pass->apply(graph);
  return graph;
}

Graph with_training_passes(Graph graph, std::span<const GraphPass* const> passes) {
  for (const GraphPass* const pass : passes) {
    if (pass->is_for_training) graph = pass->apply(graph);
  }
  return graph;
}

StepCost step_cost(const Graph& graph, const InputSize& size, const NumberBytes& bytes) {
  return cost_of(graph, differentiate(graph), size, bytes);
}

StepCost inference_cost(const Graph& graph, const InputSize& size, const NumberBytes& bytes) {
  return cost_of(graph, forward_plan(graph), size, bytes);
}

}  // namespace seg
