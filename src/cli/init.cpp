// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "cli/command.h"
#include "cli/config_arguments.h"
#include "cli/output_files.h"
#include "cli/tensor_list.h"
#include "config/places.h"
#include "config/printer.h"
#include "training/settings.h"
#include "training/start_weights.h"
#include "training/weight_file.h"

namespace seg {
namespace {

struct InitArguments {
  std::string file;
  std::shared_ptr<bool> force;
};

Outcome write_initial_weights(const ResolvedConfig& resolved, const InitArguments& request, Session& session) {
  const std::string& file = request.file;
  const RunConfig& run = resolved.config.run;
  refuse_to_overwrite({.written = {file},
                       .read = {run.backbone_from.value_or(""), run.finetune_from.value_or("")},
                       .may_overwrite = *request.force});
  const std::unique_ptr<Dataset> dataset = open_dataset(resolved.config.dataset, Split::train);
  ModelCard card = resolve_settings(resolved.config, *dataset).card;
  card.config = config_as_toml(resolved);
  ParameterStore parameters(fresh_graph(resolved.config, card), {.random = false, .gradients = false});
  parameters.initialise(static_cast<std::uint64_t>(resolved.config.run.seed));
  const StartWeights begin = start_weights(resolved.config.run, card);
  for (const std::string& line : begin.lines) session.console.info(line);
  (void)parameters.load(begin.tensors);
  save_weights(file, card, parameters);
  session.console.info("wrote the first weights of " + card.model + ", seed " +
                       std::to_string(resolved.config.run.seed) + ", to " + file);
  return {tensor_list(file, WeightArchive(file).tensors())};
}

RunCommand declare(CLI::App& app) {
  const auto config = ConfigArguments::add_to(app);
  const auto request = std::make_shared<InitArguments>();
  app.add_option("--out", request->file, "the weight file to write")->required()->type_name("FILE");
  request->force = add_force(app);
  return [config, request](Session& session) {
    (void)format_for(request->file);  // complains before anything is read
    const ResolvedConfig resolved = config->load(Purpose::evaluate, session);
    return telling_places(resolved, [&] { return write_initial_weights(resolved, *request, session); });
  };
}

}  // namespace

extern const Command init_command = {"init", "write the weights that training would begin with", declare};

}  // namespace seg
