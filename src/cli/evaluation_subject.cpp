// SPDX-License-Identifier: Apache-2.0
#include "cli/evaluation_subject.h"

#include <utility>

#include "base/error.h"
#include "training/model_card.h"
#include "training/point_settings.h"
#include "training/weight_file.h"

namespace seg {
namespace {

// The network is that of the weights. A config that names another one was meant for other weights.
void check_model(const ResolvedConfig& resolved, const ModelCard& card, const std::string& file) {
  const Origin& origin = resolved.origins.find("model_type")->second;
  const std::string& wanted = resolved.config.model.model_type;
  if (origin.kind == OriginKind::standard || wanted == card.model) return;
  fail(origin.text, "model_type = \"" + wanted + "\", but " + file + " holds weights of " + card.model,
       "model_type=" + card.model + ", or weights of " + wanted);
}

// The card normalises as the weights were trained; the labels are this data set's, and the rules this config's. Classes
// have the names that the config gives, else the weights' own, else the data set's.
void take_card(const ResolvedConfig& resolved, ModelCard card, RunSettings& settings) {
  const bool are_names_given = !resolved.config.dataset.class_names.empty();
  if (are_names_given || card.class_names.empty()) card.class_names = settings.card.class_names;
  settings.card = std::move(card);
  settings.card.ignore_label = resolved.config.dataset.lb_ignore;
  set_image_fit(settings.card, resolved.config.evaluation);
  set_refinement(settings.card, resolved);
}

ParameterStore first_weights(const Config& config, const RunSettings& settings) {
  ParameterStore parameters(inference_graph(settings.card, fresh_graph(config, settings.card)),
                            {.device = settings.device.device, .random = false, .gradients = false});
  parameters.initialise(static_cast<std::uint64_t>(config.run.seed));
  return parameters;
}

}  // namespace

EvaluationSubject evaluation_subject(const ResolvedConfig& resolved, const std::string& file) {
  const Config& config = resolved.config;
  FoundWeights found;
  if (!file.empty()) found = read_weights(file);
  if (found.card) check_model(resolved, *found.card, file);
  std::unique_ptr<Dataset> dataset = open_dataset(config.dataset, Split::validation);
  RunSettings settings = resolve_settings(config, *dataset);
  // A foreign file does not say what it is for: then it is for what the config says.
  const Weights weights{.card = found.card.value_or(settings.card), .tensors = std::move(found.tensors)};
  if (!file.empty()) check_serves(weights.card, settings.card, file);
  take_card(resolved, weights.card, settings);
  set_up_torch(config, settings.shares.threads);
  ParameterStore parameters =
      file.empty() ? first_weights(config, settings) : inference_parameters(weights, file, settings.device.device);
  return {.dataset = std::move(dataset), .settings = std::move(settings), .parameters = std::move(parameters)};
}

}  // namespace seg
