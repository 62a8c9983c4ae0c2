// SPDX-License-Identifier: Apache-2.0
#include "training/start_weights.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "formats/tensor_entry.h"
#include "training/weight_file.h"

namespace seg {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShownNames = 12, kShownFaults = 5;

struct Wanted {
  std::vector<std::int64_t> shape;
  bool is_counter = false;
  bool sees_image = false;  // the weight of a convolution of the input
};
using Network = std::map<std::string, Wanted, std::less<>>;

Network network_of(const ModelCard& card) {
  const Graph graph = graph_of(card);
  const std::vector<const Node*> made_by = writers(graph);
  std::set<std::string> first;
  for (const Node& node : graph.nodes)
    if (node.op == Op::convolution && made_by.at(static_cast<std::size_t>(node.inputs.at(0)))->op == Op::input)
      first.insert(made_by.at(static_cast<std::size_t>(node.inputs.at(1)))->name);
  Network network;
  for (const Node* const node : parameters(graph)) {
    const auto& options = options_of<ParameterOptions>(*node);
    network.emplace(node->name, Wanted{.shape = options.shape,
                                       .is_counter = options.role == ParameterRole::num_batches_tracked,
                                       .sees_image = first.contains(node->name)});
  }
  return network;
}

// What became of one file's tensors.
struct Taken {
  NamedTensors tensors{};
  std::set<std::string, std::less<>> names{};
  std::vector<std::string> adapted{}, misfits{}, unused{};
};

// A weight for another number of channels of the image, and the rule; nothing if there is none.
std::optional<std::pair<at::Tensor, std::string>> adapted(const at::Tensor& weight, const Wanted& wanted) {
  if (!wanted.sees_image || weight.dim() != 4 || wanted.shape.size() != 4) return std::nullopt;
  std::vector<std::int64_t> expected = wanted.shape;
  const std::int64_t has = weight.size(1), wants = std::exchange(expected[1], has);
  if (weight.sizes() != expected || has < 1 || has == wants) return std::nullopt;
  const at::Tensor full = weight.to(at::kFloat);
  if (wants == 1) return std::pair(full.sum(1, true), std::string("the sum over its channels"));
  if (has == 1)
    return std::pair(full.div(static_cast<double>(wants)).repeat({1, wants, 1, 1}),
                     "its one channel divided by " + std::to_string(wants));
  if (wants < has) return std::nullopt;
  const at::Tensor more = full.mean(1, true).repeat({1, wants - has, 1, 1});
  return std::pair(at::cat({full, more}, 1), std::string("further channels are the mean over its own"));
}

// Older networks predicted blocks of pixels and shuffled them into place: classes x block x block outputs.
std::string guess_about(const std::string& name, const at::Tensor& found, const Wanted& wanted) {
  constexpr std::int64_t kBlock = 64;
  const bool is_shuffled = name.find("conv_out") != name.npos && found.dim() == 4 && wanted.shape.size() == 4 &&
                           found.size(0) % kBlock == 0 && found.size(1) == wanted.shape[1];
  return is_shuffled ? ", a pixel-shuffle head of older files" : "";
}

void take(const Network& network, const std::string& name, const at::Tensor& tensor, Taken& taken) {
  const auto found = network.find(name);
  if (found == network.end()) {
    taken.unused.push_back(name);
    return;
  }
  const Wanted& wanted = found->second;
  const std::string shapes = shape_text(tensor.sizes().vec()) + " in the file, " + shape_text(wanted.shape) + " here";
  at::Tensor fitting = tensor;
  if (tensor.sizes() != wanted.shape) {
    auto changed = adapted(tensor, wanted);
    if (!changed) {
      taken.misfits.push_back(name + " (" + shapes + guess_about(name, tensor, wanted) + ")");
      return;
    }
    fitting = std::move(changed->first);
    taken.adapted.push_back(name + " (" + shapes + ": " + changed->second + ")");
  }
  taken.tensors.push_back({name, fitting});
  taken.names.insert(name);
}

bool begins_with_one_of(std::string_view name, const Backbone& backbone) {
  return std::ranges::any_of(backbone.parts,
                             [&](std::string_view part) { return !part.empty() && name.starts_with(part); });
}

std::string cut(std::vector<std::string> names, std::size_t shown) {
  const std::size_t count = names.size();
  if (count > shown) {
    names.resize(shown);
    names.push_back("and " + std::to_string(count - shown) + " more");
  }
  return joined(names, ", ");
}

// Names of a file, which may hold anything.
std::string cut_names(const std::vector<std::string>& names, std::size_t count) {
  std::vector<std::string> texts;
  for (const std::string& name : names) texts.push_back(shown(name));
  return cut(std::move(texts), count);
}

std::string first_names(const FoundWeights& weights) {
  std::vector<std::string> names;
  for (const NamedTensor& tensor : weights.tensors) names.push_back(tensor.name);
  return cut_names(names, 3);
}

[[noreturn]] void fail_without_overlap(const std::string& key, const std::string& file, const FoundWeights& weights,
                                       const ModelCard& card) {
  const bool is_resnet = find_tensor(weights.tensors, "layer1.0.conv1.weight") != nullptr;
  if (weights.card && weights.card->model != card.model)
    fail(file, "has nothing in common with " + card.model + ": it holds weights of " + weights.card->model,
         "model_type=" + weights.card->model + ", or " + key + " with weights of " + card.model);
  if (is_resnet)
    fail(file, "has nothing in common with " + card.model + ": its names are those of a ResNet, a backbone",
         "backbone_from=" + file + " with model_type=bisenetv1");
  fail(file, "has nothing in common with " + card.model + ": it holds " + first_names(weights),
       "weights of " + card.model + "; names must be those of its state dict (`segtrain model " + card.model +
           "` lists layers)");
}

std::vector<std::string> begin_anew(const Network& network, const NamedTensors& given) {
  std::set<std::string_view> known;
  for (const NamedTensor& tensor : given) known.insert(tensor.name);
  std::vector<std::string> names;
  for (const auto& [name, wanted] : network)
    if (!wanted.is_counter && !known.contains(name)) names.push_back(name);
  return names;
}

void tell(const std::string& key, const std::string& file, const Network& network, const Taken& taken,
          StartWeights& result) {
  result.tensors.insert(result.tensors.end(), taken.tensors.begin(), taken.tensors.end());
  const std::vector<std::string> anew = begin_anew(network, result.tensors);
  result.lines.push_back(key + ": " + std::to_string(taken.tensors.size()) + " of " + std::to_string(network.size()) +
                         " tensors are those of " + file);
  if (!taken.adapted.empty()) result.lines.push_back("  adapted: " + cut(taken.adapted, kShownNames));
  if (!taken.misfits.empty()) result.lines.push_back("  do not fit: " + cut(taken.misfits, kShownNames));
  if (!anew.empty()) result.lines.push_back("  begin anew: " + cut(anew, kShownNames));
  if (!taken.unused.empty()) result.lines.push_back("  not used: " + cut_names(taken.unused, kShownNames));
  result.record[key] = {
      {"file", file}, {"taken", taken.tensors.size()}, {"adapted", taken.adapted}, {"misfits", taken.misfits},
      {"anew", anew}, {"unused", taken.unused}};
}

// Each part of the backbone that the file has must be there as a whole.
void check_parts(const std::string& file, const Network& network, const Backbone& backbone, const Taken& taken) {
  std::vector<std::string> faults = taken.misfits;
  for (const std::string_view part : backbone.parts) {
    const auto is_of_part = [&](const auto& name) { return !part.empty() && name.starts_with(part); };
    if (std::ranges::none_of(taken.names, is_of_part)) continue;
    for (const auto& [name, wanted] : network)
      if (is_of_part(name) && !wanted.is_counter && !taken.names.contains(name)) faults.push_back(name + " is missing");
    for (const std::string& name : taken.unused)
      if (is_of_part(name)) faults.push_back(shown(name) + " is not in the network");
  }
  std::erase_if(faults, [&](const std::string& fault) {  // a misfit is not missing as well
    return fault.ends_with(" is missing") && std::ranges::any_of(taken.misfits, [&](const std::string& misfit) {
             return misfit.starts_with(fault.substr(0, fault.find(' ')) + " (");
           });
  });
  if (!faults.empty())
    fail(file, "is not the backbone that the network has: " + cut(faults, kShownFaults),
         "the weights of that backbone; or finetune_from, which takes whatever fits");
}

void add_backbone(const std::string& file, const ModelCard& card, const Network& network, StartWeights& result) {
  const Backbone& backbone = find_model(card.model).backbone;
  const FoundWeights weights = read_weights(file);
  const bool is_whole_network = std::ranges::any_of(
      weights.tensors, [&](const NamedTensor& tensor) { return begins_with_one_of(tensor.name, backbone); });
  Taken taken;
  for (const NamedTensor& tensor : weights.tensors) {
    const std::string name = (is_whole_network ? "" : std::string(backbone.left_out)) + tensor.name;
    const bool is_ignored = !backbone.ignored.empty() && tensor.name.starts_with(backbone.ignored);
    if (is_ignored || !begins_with_one_of(name, backbone))
      taken.unused.push_back(tensor.name);
    else
      take(network, name, tensor.tensor, taken);
  }
  if (taken.names.empty() && taken.misfits.empty()) fail_without_overlap("backbone_from", file, weights, card);
  check_parts(file, network, backbone, taken);
  tell("backbone_from", file, network, taken, result);
}

void add_whole(const std::string& file, const ModelCard& card, const Network& network, StartWeights& result) {
  const FoundWeights weights = read_weights(file);
  Taken taken;
  for (const NamedTensor& tensor : weights.tensors) take(network, tensor.name, tensor.tensor, taken);
  const bool has_weights =
      std::ranges::any_of(taken.names, [&](const std::string& name) { return !network.at(name).is_counter; });
  if (!has_weights && taken.misfits.empty()) fail_without_overlap("finetune_from", file, weights, card);
  if (!has_weights)
    fail(file, "has no tensor of the shape that " + card.model + " wants: " + cut(taken.misfits, kShownFaults),
         "weights of " + card.model);
  tell("finetune_from", file, network, taken, result);
}

}  // namespace

StartWeights start_weights(const RunConfig& config, const ModelCard& card) {
  StartWeights result;
  if (!config.backbone_from && !config.finetune_from) return result;
  const Network network = network_of(card);
  if (config.backbone_from) add_backbone(*config.backbone_from, card, network, result);
  if (config.finetune_from) add_whole(*config.finetune_from, card, network, result);
  return result;
}

}  // namespace seg
