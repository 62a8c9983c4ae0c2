// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "base/counted.h"
#include "base/error.h"
#include "base/machine.h"
#include "cli/command.h"
#include "cli/output_files.h"
#include "cli/tensor_list.h"
#include "config/resolve.h"
#include "engine/full_resolution.h"
#include "engine/network.h"
#include "engine/precision.h"
#include "graph/pass_catalogue.h"
#include "graph/passes.h"
#include "graph/shapes.h"
#include "training/weight_file.h"

namespace seg {
namespace {

struct ForwardArguments {
  std::string weights, batches, file, mode = "eval", passes = "none";
  std::shared_ptr<bool> force;
};

at::Tensor read_images(const std::string& path, const ModelCard& card) {
  const SafetensorsFile file(path);
  const TensorEntry* const entry = file.find("images");
  if (entry == nullptr || entry->type != TensorType::f32 || entry->shape.size() != 4)
    fail(path, "has no tensor `images` of float32 [M,C,H,W]", "make the file with `segtrain batches`");
  if (entry->shape[1] != card.in_channels)
    fail(path,
         "its images have " + counted(entry->shape[1], "channel") + ", the network takes " +
             std::to_string(card.in_channels),
         "use batches and weights of the same config");
  check_image_size(entry->shape[2], entry->shape[3], find_model(card.model).size_divisor, path);
  return to_tensor(*entry, path);
}

Outcome run_forward(const ForwardArguments& arguments, Session& session) {
  refuse_to_overwrite(
      {.written = {arguments.file}, .read = {arguments.weights, arguments.batches}, .may_overwrite = *arguments.force});
  const ResolvedConfig keys = load_config(
      {.file = std::nullopt, .overrides = {"passes=" + arguments.passes}, .purpose = Purpose::show}, session.console);
  const Weights weights = load_weights(arguments.weights);
  const bool training = arguments.mode == "train";
  const Graph whole = graph_of(weights.card);
  // Of points that nobody gives nothing is said.
  const Graph heads = without_dead_nodes(whole, [](const Output& output) { return output.role != OutputRole::points; });
  ParameterStore parameters = training ? ParameterStore(whole, {.random = false, .gradients = false})
                                       : inference_parameters(weights, arguments.weights);
  if (training) load_exactly(weights, parameters, arguments.weights);
  const std::vector<const GraphPass*> passes =
      choose_passes(keys.config.model.passes, pass_conditions(parameters.device(), at::kFloat, cpu_features()));
  Network network(
      training ? with_training_passes(heads, passes) : with_passes(inference_graph(weights.card, whole), passes),
      parameters, {.differentiate = false});

  const at::Tensor images = read_images(arguments.batches, weights.card);
  std::vector<std::uint64_t> sample_numbers(static_cast<std::size_t>(images.size(0)));
  std::iota(sample_numbers.begin(), sample_numbers.end(), 0);
  const NamedTensors outputs = network.forward({{"image", images.contiguous(at::MemoryFormat::ChannelsLast)}},
                                               {.training = training, .sample_numbers = sample_numbers});
  TensorEntries entries;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    entries.add(outputs[i].name,
                full_resolution(outputs[i].tensor, network.graph().outputs[i], images.size(2), images.size(3)));
  write_safetensors(arguments.file, entries.source());
  session.console.info("wrote " + counted(outputs.size(), "output") + " of " + weights.card.model + " (" +
                       arguments.mode + ") to " + arguments.file);
  return {tensor_list(arguments.file, entries.heads())};
}

RunCommand declare(CLI::App& app) {
  const auto arguments = std::make_shared<ForwardArguments>();
  app.add_option("WEIGHTS", arguments->weights, "a weight file or checkpoint")->required();
  app.add_option("BATCHES", arguments->batches, "a file that `segtrain batches` wrote")->required();
  app.add_option("--out", arguments->file, "the file to write")->required()->type_name("G.safetensors");
  arguments->force = add_force(app);
  app.add_option("--mode", arguments->mode, "eval: the main output; train: batch statistics and all outputs")
      ->check(CLI::IsMember({"eval", "train"}));
  app.add_option("--passes", arguments->passes,
                 "over the network's graph, as the key `passes` has them; else none: the network as it is described")
      ->type_name("auto|none|NAME,...");
  return [arguments](Session& session) { return run_forward(*arguments, session); };
}

}  // namespace

extern const Command forward_command = {"forward", "write the outputs of a network for batches (for tests)", declare};

}  // namespace seg
