// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "cli/command.h"
#include "cli/config_arguments.h"
#include "dataset/dataset.h"
#include "engine/device.h"
#include "evaluation/results.h"
#include "training/label_check.h"
#include "training/validation.h"
#include "training/weight_file.h"

namespace seg {
namespace {

Outcome evaluate_weights(const ConfigArguments& arguments, const std::string& file, Session& session) {
  const ResolvedConfig resolved = arguments.load(Purpose::evaluate, session.console);
  const Config& config = resolved.config;
  const Weights weights = load_weights(file);
  const std::unique_ptr<Dataset> dataset = open_dataset(config.dataset, Split::validation);
  RunSettings settings = resolve_settings(config, *dataset);
  check_serves(weights.card, settings.card, file);
  settings.card = weights.card;                           // normalises as the weights were trained
  settings.card.ignore_label = config.dataset.lb_ignore;  // the labels are this data set's
  check_labels({{.dataset = *dataset, .split = Split::validation}}, settings.card.num_classes, session.console);
  set_compute_threads(settings.shares.threads);
  ParameterStore parameters(graph_of(settings.card), {.device = settings.device.device, .gradients = false});
  load_exactly(weights, parameters, file);

  Validation validation(config, settings, *dataset, parameters);
  (void)validation.run([&](std::int64_t images) {
    session.console.progress("evaluating " + std::to_string(images) + "/" + std::to_string(dataset->size()));
    return true;
  });
  const std::vector<ProtocolResult>& results = validation.results();
  session.console.progress("");
  session.console.table(class_table(results, settings.card.class_names));
  session.console.info(std::to_string(dataset->size()) + " images in " + duration_text(validation.last_seconds()));
  return {{{"protocols", to_json(results)}, {"seconds", validation.last_seconds()}}};
}

RunCommand declare(CLI::App& app) {
  const auto config = ConfigArguments::add_to(app);
  const auto weights = std::make_shared<std::string>();
  app.add_option("--weights", *weights, "the weights to evaluate: model_final.safetensors or a checkpoint")
      ->required()
      ->type_name("FILE");
  return [config, weights](Session& session) { return evaluate_weights(*config, *weights, session); };
}

}  // namespace

extern const Command eval_command = {"eval", "evaluate weights on the validation data of a config", declare};

}  // namespace seg
