// SPDX-License-Identifier: Apache-2.0
#include "training/checkpoint.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "formats/finite.h"
#include "formats/safetensors.h"
#include "formats/weight_archive.h"
#include "training/out_of_memory.h"
#include "training/state_names.h"
#include "training/weight_file.h"

namespace seg {
namespace {

using Json = nlohmann::json;

Json to_json(const EarlyStopHistory& history) {
  return {{"metric", history.metric},
          {"best", history.best ? Json(*history.best) : Json()},
          {"best_step", history.best_step},
          {"last_step", history.last_step},
          {"without_progress", history.without_progress}};
}

// Nothing, of a checkpoint that knows none.
EarlyStopHistory early_stop_from_json(const Json& json) {
  EarlyStopHistory history;
  if (!json.contains("early_stop")) return history;
  const Json& told = json.at("early_stop");
  history.metric = told.at("metric").get<std::string>();
  if (!told.at("best").is_null()) history.best = told.at("best").get<double>();
  history.best_step = told.at("best_step").get<std::int64_t>();
  history.last_step = told.at("last_step").get<std::int64_t>();
  history.without_progress = told.at("without_progress").get<std::int64_t>();
  return history;
}

std::string to_json_text(const RunState& state) {
  Json json = {{"run", state.run},
               {"step", state.step},
               {"seconds", state.seconds},
               {"evaluation_seconds", state.evaluation_seconds},
               {"owes_evaluation", state.owes_evaluation},
               {"best", nullptr},
               {"early_stop", to_json(state.early_stop)},
               {"values", state.values},
               {"identity", state.identity}};
  if (state.best)
    json["best"] = {{"step", state.best->step}, {"metric", state.best->metric}, {"protocol", state.best->protocol}};
  return json.dump();
}

RunState run_state_from_json(const std::string& text, const std::string& where) {
  RunState state;
  try {
    const Json json = Json::parse(text);
    state.run = json.at("run").get<std::string>();
    state.step = json.at("step").get<std::int64_t>();
    state.seconds = json.at("seconds").get<double>();
    state.evaluation_seconds = json.value("evaluation_seconds", 0.0);
    state.owes_evaluation = json.value("owes_evaluation", false);
    if (const Json& best = json.at("best"); !best.is_null())
      state.best = BestEvaluation{best.at("step").get<std::int64_t>(), best.at("metric").get<double>(),
                                  best.value("protocol", std::string("ss"))};
    state.early_stop = early_stop_from_json(json);
    state.values = json.at("values").get<StoredValues>();
    state.identity = json.at("identity").get<RunIdentity>();
  } catch (const Json::exception& error) {
    fail(where, std::string("its state of the run is unusable: ") + error.what(), "go on from another checkpoint");
  }
  return state;
}

void load_entry(const TensorEntry& entry, const at::Tensor& tensor, const std::filesystem::path& path) {
  if (entry.shape != tensor.sizes().vec())
    fail(path.string(), "its " + entry.name + " does not have the parameter's shape", "go on from another checkpoint");
  tensor.copy_(to_tensor(entry, path.string()));
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const ModelCard& card, const ParameterStore& parameters,
                     const Optimizer& optimizer, const RunState& state, const WeightAverage* average,
                     const LossScaler* scaler) {
  while_doing("writing " + path.string(), [&] {
    TensorEntries entries;
    const ParameterStore& weights = average != nullptr ? average->parameters() : parameters;
    for (const std::string& name : weights.names()) entries.add(name, weights.value(name));
    if (average != nullptr) {
      for (const ParameterGroup& group : parameters.groups())
        for (const std::string& name : group.names) entries.add(state_name(kUnaveraged, name), parameters.value(name));
    }
    for (const NamedTensor& memory : optimizer.state()) entries.add(memory.name, memory.tensor);
    if (scaler != nullptr)
      for (const NamedTensor& memory : scaler->state()) entries.add(memory.name, memory.tensor);
    make_folder(path.parent_path());
    write_safetensors(
        path, entries.source(),
        {{std::string(kModelCardKey), to_json_text(card)}, {std::string(kRunStateKey), to_json_text(state)}});
  });
}

RunState read_run_state(const std::filesystem::path& path) {
  if (is_torch_file(path))
    fail(path.string(), "is a PyTorch file, and no checkpoint: a run cannot go on from it",
         "a .safetensors file of a run's checkpoints folder; or a fresh start with finetune_from=" + path.string());
  const SafetensorsFile file(path);
  const auto state = file.metadata().find(std::string(kRunStateKey));
  if (state == file.metadata().end())
    fail(path.string(), "is no checkpoint: it holds weights, but no state of a run",
         "a file of a run's checkpoints folder; or a fresh start with finetune_from=" + path.string());
  if (!file.checksum_matches())
    fail(path.string(), "its data is not what was written: the checksum does not match",
         "go on from another checkpoint");
  return run_state_from_json(state->second, path.string());
}

void load_checkpoint(const std::filesystem::path& path, ParameterStore& parameters, Optimizer& optimizer,
                     WeightAverage* average, LossScaler* scaler) {
  while_doing("reading " + path.string(), [&] {
    const Weights weights = load_weights(path);
    load_exactly(weights, parameters, path);
    if (average != nullptr) load_exactly(weights, average->parameters(), path);
    const SafetensorsFile file(path);
    for (const ParameterGroup& group : parameters.groups()) {
      for (const std::string& name : group.names) {
        const TensorEntry* const entry = file.find(state_name(kUnaveraged, name));
        if (entry == nullptr) continue;
        require_finite({entry, 1}, path.string());
        load_entry(*entry, parameters.value(name), path);
      }
    }
    for (const NamedTensor& memory : optimizer.state()) {
      const TensorEntry* const entry = file.find(memory.name);
      if (entry == nullptr)
        fail(path.string(), "does not hold what this optimizer needs to go on: no " + memory.name,
             "the optimizer that it was trained with, or another checkpoint");
      load_entry(*entry, memory.tensor, path);
    }
    if (scaler == nullptr) return;
    for (const NamedTensor& memory : scaler->state())
      if (const TensorEntry* const entry = file.find(memory.name)) load_entry(*entry, memory.tensor, path);
  });
}

}  // namespace seg
