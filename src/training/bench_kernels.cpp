// SPDX-License-Identifier: Apache-2.0
#include "training/bench_kernels.h"

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/text.h"
#include "dataset/dataset.h"
#include "engine/kernel_trial.h"
#include "engine/kernels/convolution_choice.h"
#include "graph/shapes.h"
#include "telemetry/progress_line.h"
#include "training/bench.h"
#include "training/point_settings.h"
#include "training/settings.h"

namespace seg {
namespace {

using Json = nlohmann::json;

// Where a network runs, and on maps of which size.
struct Use {
  std::string name;  // in the result
  Graph graph;
  InputSize size;
  TrialConditions conditions;
};

// Layers of a network that are the same to a kernel.
struct Layer {
  const Node* node = nullptr;
  std::string name{}, shape{};
  NodeShapes shapes{};
  std::int64_t count = 0;
};

std::string name_of_convolution(const ConvolutionOptions& o, const Shape& x, const TrialConditions& conditions) {
  using enum kernels::ConvolutionKernel;
  const std::string stride = o.stride == 1 ? "" : " stride " + std::to_string(o.stride);
  const std::string to = " to " + std::to_string(o.out_channels) + (o.bias ? " bias" : "") + (o.relu ? " relu" : "");
  switch (kernels::choose_convolution(o, x, conditions.compute, conditions.training).forward) {
    case depthwise: return "depthwise x" + std::to_string(o.out_channels / o.groups) + stride + (o.relu ? " relu" : "");
    case winograd: return "winograd" + to;
    default: break;
  }
  const std::string groups = o.groups == 1 ? "" : " of " + std::to_string(o.groups) + " groups";
  const std::string side = std::to_string(o.kernel);
  return "convolution " + side + "x" + side + stride + groups + to;
}

std::string_view name_of_loss(LossKind kind) {
  switch (kind) {
    case LossKind::cross_entropy: return "ce";
    case LossKind::ohem: return "ohem";
    case LossKind::dice: return "dice";
    case LossKind::focal: return "focal";
    case LossKind::lovasz: return "lovasz";
    case LossKind::distance: return "distance";
  }
  return "";
}

std::string name_of_kernel(const Node& node, const NodeShapes& shapes, const TrialConditions& conditions) {
  switch (node.op) {
    case Op::loss: {
      const auto& o = options_of<LossOptions>(node);
      return "loss " + std::string(name_of_loss(o.kind)) + " K=" + std::to_string(shapes.inputs[0][1]) + " x" +
             std::to_string(o.upsample.factor);
    }
    case Op::convolution:
      return name_of_convolution(options_of<ConvolutionOptions>(node), shapes.inputs[0], conditions);
    case Op::batch_norm: return options_of<BatchNormOptions>(node).relu ? "batch_norm relu" : "batch_norm";
    default: return std::string(name_of(node.op));
  }
}

// In the order of the graph.
std::vector<Layer> own_layers(const Use& use) {
  const std::vector<Shape> shape_of = seg::shapes(use.graph, use.size);
  const std::vector<NumberType> type_of = number_types(use.graph);
  std::vector<Layer> layers;
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  for (const Node& node : use.graph.nodes) {
    Layer layer{.node = &node};
    for (const ValueId input : node.inputs) {
      const bool is_there = input != kNoValue;
      layer.shapes.inputs.push_back(is_there ? shape_of[static_cast<std::size_t>(input)] : Shape{});
      layer.shapes.types.push_back(is_there ? type_of[static_cast<std::size_t>(input)] : NumberType::full);
    }
    if (layer.shapes.inputs.empty() || !has_own_kernel(node, layer.shapes, use.conditions)) continue;
    layer.shapes.output = shape_of[static_cast<std::size_t>(node.output)];
    layer.name = name_of_kernel(node, layer.shapes, use.conditions);
    layer.shape = to_string(layer.shapes.inputs[0]);
    const auto [place, is_new] = known.emplace(std::pair(layer.name, layer.shape), layers.size());
    if (is_new) layers.push_back(std::move(layer));
    ++layers[place->second].count;
  }
  return layers;
}

template <class Trial>
double seconds_of(const Trial& trial, bool own) {
  const double start = seconds_now();
  (void)trial.run(own);
  return seconds_now() - start;
}

// Of a kernel and the composite; first compared.
template <class Trial>
Json measure(const Trial& trial, const std::string& name, const std::string& shape, std::int64_t rounds) {
  const std::vector<ResultError> errors = trial.errors();
  if (const std::string what = disagreement(errors); !what.empty())
    throw std::runtime_error("the kernel " + name + " of " + shape + " differs from the composite: " + what);
  std::vector<double> ours, composite;
  for (std::int64_t i = 0; i < rounds; ++i) {
    ours.push_back(seconds_of(trial, true));
    composite.push_back(seconds_of(trial, false));
  }
  Json by_result;
  for (const ResultError& each : errors) by_result[each.result] = each.error;
  const double our_median = spread_of(ours).median, their_median = spread_of(composite).median;
  return {{"name", name},
          {"shape", shape},
          {"ours_ms", 1000 * our_median},
          {"composite_ms", 1000 * their_median},
          {"ratio", their_median / our_median},
          {"max_error", largest_error(errors)},
          {"errors", by_result}};
}

// What makes classes of the logits that the network gives.
Json measure_class_map(const Use& use, std::int64_t rounds) {
  const Output& output = use.graph.outputs.front();
  const Shape logits = shapes(use.graph, use.size)[static_cast<std::size_t>(output.value)];
  const ClassMapTrial trial(logits, output, use.size.height, use.size.width);
  return measure(trial, "class map x" + std::to_string(output.upsample.factor), to_string(logits), rounds);
}

}  // namespace

Json bench_kernels(const Config& config, std::int64_t rounds, Console& console) {
  const std::unique_ptr<Dataset> dataset = open_dataset(config.dataset, Split::train);
  const RunSettings settings = resolve_settings(config, *dataset);
  set_up_torch(config, settings.shares.threads);
  const InputSize size{.images = config.loader.ims_per_gpu,
                       .height = config.augmentation.cropsize.height,
                       .width = config.augmentation.cropsize.width,
                       .points = drawn_points(config).count};
  const at::ScalarType compute = settings.precision.compute;
  const Use step{"step", training_graph(config, settings), size, {.compute = compute}};
  const Use evaluation{"evaluation",
                       evaluation_graph(settings.card, settings.passes, compute != at::kFloat),
                       size,
                       {.compute = compute, .training = false}};
  const std::vector<Layer> of_step = own_layers(step), of_evaluation = own_layers(evaluation);
  Json kernels = Json::array();
  ProgressLine line(console, "kernels", of_step.size() + of_evaluation.size() + 1);
  const auto add = [&](const Use& use, std::int64_t layers, Json kernel) {
    kernel["use"] = use.name;
    kernel["layers"] = layers;
    kernels.push_back(std::move(kernel));
    line.show(kernels.size());
  };
  for (const auto& [use, layers] : {std::pair(&step, &of_step), std::pair(&evaluation, &of_evaluation)})
    for (const Layer& layer : *layers)
      add(*use, layer.count,
          measure(KernelTrial(*layer.node, layer.shapes, use->conditions), layer.name, layer.shape, rounds));
  add(evaluation, 1, measure_class_map(evaluation, rounds));
  return {{"kernels", kernels},
          {"rounds", rounds},
          {"machine", machine_record(settings.device, settings.precision, settings.shares.threads)}};
}

}  // namespace seg
