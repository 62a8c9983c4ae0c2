// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "cli/command.h"
#include "cli/config_arguments.h"
#include "cli/tensor_list.h"
#include "config/printer.h"
#include "training/settings.h"
#include "training/start_weights.h"
#include "training/weight_file.h"

namespace seg {
namespace {

Outcome write_initial_weights(const ConfigArguments& arguments, const std::string& file, Session& session) {
  const ResolvedConfig resolved = arguments.load(Purpose::evaluate, session.console);
  const std::unique_ptr<Dataset> dataset = open_dataset(resolved.config.dataset, Split::train);
  ModelCard card = resolve_settings(resolved.config, *dataset).card;
  card.config = config_as_toml(resolved);
  ParameterStore parameters(graph_of(card), {.random = false, .gradients = false});
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
  const auto file = std::make_shared<std::string>();
  app.add_option("--out", *file, "the weight file to write")->required()->type_name("FILE");
  return [config, file](Session& session) { return write_initial_weights(*config, *file, session); };
}

}  // namespace

extern const Command init_command = {"init", "write the weights that training would begin with", declare};

}  // namespace seg
