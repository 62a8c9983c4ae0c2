// SPDX-License-Identifier: Apache-2.0
#include "graph/passes.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "graph/rewrite.h"

namespace seg {
namespace {

std::size_t index(std::int32_t id) { return static_cast<std::size_t>(id); }

[[noreturn]] void refuse(const std::string& pass, const std::string& what) {
  throw std::logic_error("[" + pass + "] " + what);
}

}  // namespace

Graph without_dead_nodes(const Graph& graph, const std::function<bool(const Output&)>& wanted) {
  Graph result;
  result.num_values = graph.num_values;
  std::copy_if(graph.outputs.begin(), graph.outputs.end(), std::back_inserter(result.outputs), wanted);
  std::vector<bool> is_read(index(graph.num_values));
  for (const Output& output : result.outputs) is_read[index(output.value)] = true;
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    if (!is_read[index(node->output)]) continue;
    for (const ValueId input : node->inputs) {
      if (input != kNoValue) is_read[index(input)] = true;
    }
    result.nodes.push_back(*node);
  }
  std::reverse(result.nodes.begin(), result.nodes.end());
  return result;
}

Graph for_inference(const Graph& graph) {
  Graph result = without_dead_nodes(graph, [](const Output& output) { return output.role == OutputRole::main; });
  if (result.outputs.empty()) refuse("for_inference", "the graph has no main output");
  std::vector<Node> nodes = std::move(result.nodes);
  result.nodes.clear();
  std::vector<std::pair<ValueId, ValueId>> removed;
  for (Node& node : nodes) {
    if (node.op == Op::dropout) {
      removed.emplace_back(node.output, node.inputs[0]);
      continue;
    }
    if (node.op == Op::batch_norm) std::get<BatchNormOptions>(node.options).inference = true;
    result.nodes.push_back(std::move(node));
  }
  // Last first: of two dropouts in a row the second's readers must end at the first's operand.
  for (auto pair = removed.rbegin(); pair != removed.rend(); ++pair) replace_reads(result, pair->first, pair->second);
  return result;
}

Graph with_normalization(const Graph& graph, const Normalization& normalization) {
  if (normalization.pixels != NumberType::byte && normalization.pixels != NumberType::word)
    refuse("with_normalization", "pixels are bytes or words");
  Graph result;
  result.num_values = graph.num_values;
  result.outputs = graph.outputs;
  int num_images = 0;
  for (const Node& node : graph.nodes) {
    const bool is_image = node.op == Op::input && options_of<InputOptions>(node).layout == InputLayout::map;
    if (!is_image) {
      result.nodes.push_back(node);
      continue;
    }
    InputOptions pixels = options_of<InputOptions>(node);
    const auto channels = static_cast<std::size_t>(pixels.channels);
    if (++num_images > 1) refuse("with_normalization", node.name + " would be a second image");
    if (normalization.mean.size() != channels || normalization.deviation.size() != channels)
      refuse("with_normalization", "mean and deviation are not of " + std::to_string(channels) + " channels");
    pixels.layout = InputLayout::interleaved;
    pixels.type = normalization.pixels;
    const ValueId raw = result.num_values++;
    result.nodes.push_back({Op::input, node.name, {}, raw, pixels});
    result.nodes.push_back(
        {Op::normalize,
         node.name + ".normalize",
         {raw},
         node.output,
         NormalizeOptions{
             .mean = normalization.mean, .deviation = normalization.deviation, .scale = normalization.scale}});
  }
  if (num_images == 0) refuse("with_normalization", "the graph has no image");
  return result;
}

Graph with_small_classifiers(Graph graph) {
  constexpr double kShrinks = 20.0;
  std::unordered_map<ValueId, Node*> by_value;
  for (Node& node : graph.nodes) by_value[node.output] = &node;
  for (const Output& output : graph.outputs) {
    if (output.role != OutputRole::main && output.role != OutputRole::auxiliary) continue;
    const Node& classifier = *by_value.at(output.value);
    if (classifier.op != Op::convolution)
      refuse("with_small_classifiers", output.name + " is not given by a convolution");
    auto& init = std::get<ParameterOptions>(by_value.at(classifier.inputs.at(1))->options).init;
    // The deviation is sqrt(2 / (1 + a^2) / fan).
    if (auto* normal = std::get_if<KaimingNormalInit>(&init))
      normal->a = std::sqrt((1 + normal->a * normal->a) * kShrinks * kShrinks - 1);
  }
  return graph;
}

Graph with_losses(const Graph& graph, const LossOptions& options, const std::optional<LossOptions>& distance) {
  return with_summed_losses(graph, {{.options = options}}, distance);
}

Graph with_summed_losses(const Graph& graph, const std::vector<LossTerm>& terms,
                         const std::optional<LossOptions>& distance) {
  const auto has_loss = [&](const Output& output) {
    return output.role == OutputRole::main || output.role == OutputRole::auxiliary ||
           (distance && output.role == OutputRole::distance);
  };
  Graph result = without_dead_nodes(graph, has_loss);
  const std::vector<Output> outputs = std::exchange(result.outputs, {});
  if (outputs.empty()) refuse("with_losses", "the graph has no output that a loss could take");
  std::vector<Node> nodes = std::exchange(result.nodes, {});
  const auto add_bytes_of_pixels = [&](const char* name) {
    const InputOptions one_a_pixel{.channels = 1, .layout = InputLayout::labels, .type = NumberType::byte};
    result.nodes.push_back({Op::input, name, {}, result.num_values, one_a_pixel});
    return result.num_values++;
  };
  const ValueId labels = add_bytes_of_pixels("labels");
  const bool has_distances = std::ranges::count(outputs, OutputRole::distance, &Output::role) > 0;
  const ValueId distances = has_distances ? add_bytes_of_pixels("distances") : kNoValue;
  const auto terms_of = [&](const Output& output) {
    return output.role == OutputRole::distance ? std::vector<LossTerm>{{.options = *distance}} : terms;
  };
  const auto name_of_loss = [&](const Output& output, const LossTerm& term) {
    return output.role == OutputRole::distance || terms.size() == 1 ? output.name : output.name + "." + term.name;
  };
  for (Node& node : nodes) {
    const ValueId written = node.output;
    result.nodes.push_back(std::move(node));
    for (const Output& output : outputs) {
      if (output.value != written) continue;
      for (const LossTerm& term : terms_of(output)) {
        LossOptions own = term.options;
        own.upsample = output.upsample;
        own.weight = output.loss_weight * term.weight * (output.role == OutputRole::main ? 1.0 : own.weight);
        std::vector<ValueId> inputs = {written, labels};
        if (output.role == OutputRole::distance) inputs.push_back(distances);
        result.nodes.push_back(
            {Op::loss, name_of_loss(output, term) + ".loss", std::move(inputs), result.num_values++, std::move(own)});
      }
    }
  }
  for (const Output& output : outputs)
    for (const LossTerm& term : terms_of(output)) {
      const std::string name = name_of_loss(output, term);
      const Node& loss = find_node(result, name + ".loss");
      result.outputs.push_back({.name = name,
                                .value = loss.output,
                                .role = OutputRole::loss,
                                .loss_weight = options_of<LossOptions>(loss).weight});
    }
  return result;
}

}  // namespace seg
