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
#include "engine/device.h"
#include "engine/kernel_trial.h"
#include "telemetry/progress_line.h"
#include "training/bench.h"
#include "training/settings.h"

namespace seg {
namespace {

using Json = nlohmann::json;

// Layers of a network that are the same to a kernel.
struct Layer {
  const Node* node = nullptr;
  std::string name{}, shape{};
  std::vector<Shape> inputs{};
  std::vector<NumberType> types{};
  Shape output{};
  std::int64_t count = 0;
};

std::string name_of_kernel(const Node& node, const std::vector<Shape>& inputs) {
  switch (node.op) {
    case Op::loss: {
      const auto& o = options_of<LossOptions>(node);
      return std::string(o.kind == LossKind::ohem ? "loss ohem" : "loss ce") + " K=" + std::to_string(inputs[0][1]) +
             " x" + std::to_string(o.upsample.factor);
    }
    case Op::convolution: {
      const auto& o = options_of<ConvolutionOptions>(node);
      const std::string stride = o.stride == 1 ? "" : " stride " + std::to_string(o.stride);
      if (o.groups > 1) return "depthwise x" + std::to_string(o.out_channels / o.groups) + stride;
      return "winograd to " + std::to_string(o.out_channels);
    }
    case Op::batch_norm: return options_of<BatchNormOptions>(node).relu ? "batch_norm relu" : "batch_norm";
    default: return std::string(name_of(node.op));
  }
}

// Of so few values a channel a normalisation's gradient is the difference of numbers that are nearly equal: two kernels
// agree on none of its digits, and it takes no time.
bool is_too_small(const Node& node, const Shape& map) {
  constexpr std::int64_t kFewValues = 16;
  return node.op == Op::batch_norm && map[0] * map[2] * map[3] < kFewValues;
}

// In the order of the graph.
std::vector<Layer> own_layers(const Graph& graph, const InputSize& size) {
  const std::vector<Shape> shape_of = shapes(graph, size);
  const std::vector<NumberType> type_of = number_types(graph);
  std::vector<Layer> layers;
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  for (const Node& node : graph.nodes) {
    Layer layer{.node = &node};
    for (const ValueId input : node.inputs) {
      const bool is_there = input != kNoValue;
      layer.inputs.push_back(is_there ? shape_of[static_cast<std::size_t>(input)] : Shape{});
      layer.types.push_back(is_there ? type_of[static_cast<std::size_t>(input)] : NumberType::full);
    }
    if (layer.inputs.empty() || !has_own_kernel(node, layer.inputs) || is_too_small(node, layer.inputs[0])) continue;
    layer.output = shape_of[static_cast<std::size_t>(node.output)];
    layer.name = name_of_kernel(node, layer.inputs);
    layer.shape = to_string(layer.inputs[0]);
    const auto [place, is_new] = known.emplace(std::pair(layer.name, layer.shape), layers.size());
    if (is_new) layers.push_back(std::move(layer));
    ++layers[place->second].count;
  }
  return layers;
}

double seconds_of(const KernelTrial& trial, bool own) {
  const double start = seconds_now();
  (void)trial.run(own);
  return seconds_now() - start;
}

Json measure(const Layer& layer, at::ScalarType compute, std::int64_t rounds) {
  const KernelTrial trial(*layer.node, layer.inputs, layer.types, layer.output, compute);
  const double error = trial.error();
  if (!(error <= trial.tolerance()))
    throw std::runtime_error("the kernel " + layer.name + " of " + layer.shape + " differs from the composite by " +
                             shortest(error));
  std::vector<double> ours, composite;
  for (std::int64_t i = 0; i < rounds; ++i) {
    ours.push_back(seconds_of(trial, true));
    composite.push_back(seconds_of(trial, false));
  }
  const double our_median = spread_of(ours).median, their_median = spread_of(composite).median;
  return {{"name", layer.name},
          {"shape", layer.shape},
          {"layers", layer.count},
          {"ours_ms", 1000 * our_median},
          {"composite_ms", 1000 * their_median},
          {"ratio", their_median / our_median},
          {"max_error", error}};
}

}  // namespace

Json bench_kernels(const Config& config, std::int64_t rounds, Console& console) {
  const std::unique_ptr<Dataset> dataset = open_dataset(config.dataset, Split::train);
  const RunSettings settings = resolve_settings(config, *dataset);
  set_compute_threads(settings.shares.threads);
  const Graph graph = training_graph(config, settings);
  const std::vector<Layer> layers = own_layers(graph, {.images = config.loader.ims_per_gpu,
                                                       .height = config.augmentation.cropsize.height,
                                                       .width = config.augmentation.cropsize.width});
  Json kernels = Json::array();
  ProgressLine line(console, "kernels", layers.size());
  for (const Layer& layer : layers) {
    kernels.push_back(measure(layer, settings.precision.compute, rounds));
    line.show(kernels.size());
  }
  return {{"kernels", kernels},
          {"rounds", rounds},
          {"machine", machine_record(settings.device, settings.precision, settings.shares.threads)}};
}

}  // namespace seg
