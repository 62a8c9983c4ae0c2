// SPDX-License-Identifier: Apache-2.0
#include "graph/point_rend.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace seg {
namespace {

std::size_t index(ValueId id) { return static_cast<std::size_t>(id); }

const Output& output_of(const Graph& network, OutputRole role) {
  const auto found = std::ranges::find(network.outputs, role, &Output::role);
  if (found == network.outputs.end()) throw std::logic_error("[point_rend] the network lacks a head");
  return *found;
}

// Of the network, what the head's output needs.
std::vector<Node> nodes_of_head(const Graph& network, ValueId output) {
  std::vector<bool> is_read(index(network.num_values));
  is_read[index(output)] = true;
  std::vector<Node> nodes;
  for (auto node = network.nodes.rbegin(); node != network.nodes.rend(); ++node) {
    if (!is_read[index(node->output)]) continue;
    for (const ValueId input : node->inputs) {
      if (input != kNoValue) is_read[index(input)] = true;
    }
    nodes.push_back(*node);
  }
  std::ranges::reverse(nodes);
  return nodes;
}

ValueId append(Graph& graph, Op op, std::string name, std::vector<ValueId> inputs, Options options) {
  const ValueId output = graph.num_values++;
  graph.nodes.push_back({op, std::move(name), std::move(inputs), output, std::move(options)});
  return output;
}

// The logits in full precision, by which points are chosen.
ValueId append_full(Graph& graph, ValueId logits, const std::string& name) {
  return append(graph, Op::cast, name, {logits}, CastOptions{NumberType::full});
}

// The head, between the points that it is given and its loss.
class TrainedHead {
 public:
  TrainedHead(const Graph& trained, const Graph& network, const PointTraining& training)
      : training_(training),
        output_(output_of(network, OutputRole::points)),
        logits_(output_of(network, OutputRole::main).value),
        points_(find_node(network, "points")),
        labels_(find_node(trained, "labels").output) {
    const std::vector<const Node*> known = writers(trained);
    for (Node& node : nodes_of_head(network, output_.value)) {
      const bool is_known = index(node.output) < known.size() && known[index(node.output)] != nullptr;
      if (is_known)
        reads_.push_back(node.output);
      else if (node.output != points_.output)
        own_.push_back(std::move(node));
    }
  }

  // As soon as what it reads is there: so it is differentiated before other heads begin.
  Graph run(const Graph& trained) {
    Graph result;
    result.num_values = trained.num_values;
    result.outputs = trained.outputs;
    std::size_t left = reads_.size();
    for (const Node& node : trained.nodes) {
      result.nodes.push_back(node);
      if (std::ranges::count(reads_, node.output) != 0 && --left == 0) append_to(result);
    }
    return result;
  }

 private:
  void append_to(Graph& graph) const {
    ValueId points = points_.output;
    if (!training_.chosen || training_.has_given) graph.nodes.push_back(points_);
    if (training_.chosen) {
      std::vector<ValueId> inputs{append_full(graph, logits_, "point_head.logits")};
      if (training_.has_given) inputs.push_back(points_.output);
      points = append(graph, Op::choose_points, "point_head.points", std::move(inputs), *training_.chosen);
    }
    for (Node node : own_) {
      std::ranges::replace(node.inputs, points_.output, points);
      graph.nodes.push_back(std::move(node));
    }
    const ValueId labels = append(graph, Op::point_labels, "point_head.labels", {labels_, points}, {});
    const ValueId loss = append(graph, Op::loss, output_.name + ".loss", {output_.value, labels}, training_.loss);
    graph.outputs.push_back(
        {.name = output_.name, .value = loss, .role = OutputRole::loss, .loss_weight = training_.loss.weight});
  }

  const PointTraining& training_;
  const Output& output_;
  const ValueId logits_;
  const Node& points_;
  const ValueId labels_;
  std::vector<Node> own_;       // without the input of points
  std::vector<ValueId> reads_;  // of the trained network
};

// The part of the head that depends on its points, once for each step.
class RefinedMap {
 public:
  RefinedMap(const Graph& network, const Refinement& refinement)
      : refinement_(refinement), head_(output_of(network, OutputRole::points)), result_(network) {
    const ValueId points = find_node(network, "points").output;
    std::vector<bool> depends(index(network.num_values));
    depends[index(points)] = true;
    for (const Node& node : nodes_of_head(network, head_.value)) {
      const auto is_of_points = [&](ValueId input) { return input != kNoValue && depends[index(input)]; };
      if (std::ranges::none_of(node.inputs, is_of_points)) continue;
      depends[index(node.output)] = true;
      body_.push_back(node);
    }
    points_ = points;
  }

  Graph run() {
    const auto main = std::ranges::find(result_.outputs, OutputRole::main, &Output::role);
    const ValueId logits = main->value;
    std::int64_t factor = main->upsample.factor;
    ValueId map = append_full(result_, logits, "point_head.logits");
    for (std::int64_t step = 1; step <= refinement_.steps; ++step) {
      if (factor % 2 != 0) throw std::logic_error("[point_rend] the map would become larger than the image");
      factor /= 2;
      map = refined(map, factor, "point_head.step" + std::to_string(step) + ".");
    }
    if (refinement_.steps > 0) main->value = map;
    main->upsample.factor = factor;
    std::erase_if(result_.outputs, [](const Output& output) { return output.role == OutputRole::points; });
    return std::move(result_);
  }

 private:
  // `factor`: from the doubled map to the image.
  ValueId refined(ValueId map, std::int64_t factor, const std::string& scope) {
    constexpr std::int64_t kPixelsAPoint = 256;
    const ValueId doubled = append(result_, Op::upsample, scope + "doubled", {map},
                                   UpsampleOptions{.factor = 2, .mode = Interpolation::bilinear});
    const ChooseCellsOptions cells{.count = refinement_.points,
                                   .cells_a_point = std::max<std::int64_t>(1, kPixelsAPoint / (factor * factor))};
    const ValueId points = append(result_, Op::choose_cells, scope + "cells", {doubled}, cells);
    return append(result_, Op::put_points, scope + "refined", {doubled, points, values_at(points, scope)}, {});
  }

  // A ReLU is left to the convolution before it.
  ValueId values_at(ValueId points, const std::string& scope) {
    constexpr std::string_view kHead = "point_head.";
    std::unordered_map<ValueId, ValueId> own{{points_, points}};
    for (const Node& original : body_) {
      Node node = original;
      for (ValueId& input : node.inputs)
        if (const auto found = own.find(input); found != own.end()) input = found->second;
      Node& before = result_.nodes.back();
      const bool is_relu = node.op == Op::activation &&
                           options_of<ActivationOptions>(node).kind == ActivationKind::relu &&
                           before.op == Op::convolution && before.output == node.inputs[0];
      if (is_relu) {
        std::get<ConvolutionOptions>(before.options).relu = true;
        own[original.output] = before.output;
        continue;
      }
      node.name = scope + (node.name.starts_with(kHead) ? node.name.substr(kHead.size()) : node.name);
      node.output = result_.num_values++;
      own[original.output] = node.output;
      result_.nodes.push_back(std::move(node));
    }
    return own.at(head_.value);
  }

  const Refinement& refinement_;
  const Output head_;
  Graph result_;
  ValueId points_ = kNoValue;
  std::vector<Node> body_;
};

}  // namespace

Graph with_point_loss(const Graph& trained, const Graph& network, const PointTraining& training) {
  return TrainedHead(trained, network, training).run(trained);
}

Graph with_refinement(const Graph& network, const Refinement& refinement) {
  return RefinedMap(network, refinement).run();
}

}  // namespace seg
