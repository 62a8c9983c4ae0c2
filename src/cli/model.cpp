// SPDX-License-Identifier: Apache-2.0
#include "models/model.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/config_arguments.h"
#include "graph/memory_plan.h"
#include "graph/passes.h"
#include "graph/summary.h"
#include "training/settings.h"

namespace seg {
namespace {

using Json = nlohmann::json;

struct Request {
  bool passes = false, memory = false;
};

// What the command looks at: a network, its training graph, and the size of a micro-batch.
struct Subject {
  std::string name;
  Graph network, training;
  InputSize size;
  NumberBytes bytes;
};

Subject subject_of(const ConfigArguments& arguments, Log& log) {
  const auto& words = arguments.words();
  const bool is_model =
      !words.empty() && std::ranges::any_of(models(), [&](const Model* m) { return m->name == words.front(); });
  const ResolvedConfig resolved =
      is_model ? arguments.load_without_file(Purpose::show, log, 1) : arguments.load(Purpose::show, log);
  Config config = resolved.config;
  if (is_model) config.model.model_type = words.front();
  const std::int64_t channels = config.model.in_channels.value_or(3);
  ModelCard card{.model = config.model.model_type,
                 .num_classes = config.model.n_cats.value_or(19),
                 .in_channels = channels,
                 .dropout = config.model.dropout,
                 .mean = std::vector<double>(static_cast<std::size_t>(channels), 0.5),
                 .std = std::vector<double>(static_cast<std::size_t>(channels), 0.5)};
  RunSettings settings;
  settings.precision.compute = config.precision.precision == "bf16" ? c10::kBFloat16 : c10::kFloat;
  settings.card = card;
  const PixelSize& crop = config.augmentation.cropsize;
  check_image_size(crop.height, crop.width, find_model(card.model).size_divisor, "cropsize");
  return {.name = card.model,
          .network = graph_of(card),
          .training = training_graph(config, settings),
          .size = {.images = config.loader.ims_per_gpu, .height = crop.height, .width = crop.width},
          .bytes = {.full = 4, .compute = settings.precision.compute == c10::kBFloat16 ? 2 : 4}};
}

// Passes whose gain is known without running: their name, and what they save.
Json passes_of(const Subject& subject, std::int64_t peak) {
  const MemoryPlan two_passes =
      plan_memory(subject.training, differentiate(subject.training, Schedule::two_passes), subject.size, subject.bytes);
  const std::int64_t all = total_cost(subject.network, subject.size).macs;
  const std::int64_t inference = total_cost(for_inference(subject.network), subject.size).macs;
  return {{{"name", "earliest_schedule"},
           {"on", true},
           {"saved", bytes_text(two_passes.peak_bytes - peak) + " of " + bytes_text(two_passes.peak_bytes) +
                         " at the peak of a training step"}},
          {{"name", "dead_branches"},
           {"on", true},
           {"saved", count_text(static_cast<double>(all - inference)) + "MACs of " +
                         count_text(static_cast<double>(all)) + "MACs in evaluation"}}};
}

Outcome describe(const ConfigArguments& arguments, const Request& request, Session& session) {
  const Subject subject = subject_of(arguments, session.console);
  InputSize one_image = subject.size;
  one_image.images = 1;
  const Summary summary = summarize(subject.network, one_image, subject.bytes);
  const MemoryPlan memory = plan_memory(subject.training, differentiate(subject.training), subject.size, subject.bytes);
  const Json passes = passes_of(subject, memory.peak_bytes);

  std::vector<std::vector<std::string>> rows = {{"layer", "op", "shape", "parameters", "MACs", "bytes"}};
  Json layers = Json::array();
  for (const LayerRow& row : summary.layers) {
    rows.push_back({row.name, row.op, to_string(row.shape), std::to_string(row.parameters), std::to_string(row.macs),
                    std::to_string(row.bytes)});
    layers.push_back(
        {{"name", row.name}, {"op", row.op}, {"shape", row.shape}, {"parameters", row.parameters}, {"macs", row.macs}});
  }
  session.console.table(rows);
  session.console.info(subject.name + ": " + count_text(static_cast<double>(summary.parameters)) + " parameters, " +
                       count_text(static_cast<double>(summary.macs)) + " MACs for one image of " +
                       std::to_string(subject.size.height) + "x" + std::to_string(subject.size.width));
  session.console.info("a training step on " + std::to_string(subject.size.images) + " images holds " +
                       bytes_text(memory.peak_bytes) + " of values at its peak");
  if (request.passes)
    for (const Json& pass : passes)
      session.console.info(pass.at("name").get<std::string>() + " saves " + pass.at("saved").get<std::string>());
  if (request.memory) session.console.info(to_string(subject.training, differentiate(subject.training)));
  return {{{"parameters", summary.parameters},
           {"macs", summary.macs},
           {"layers", layers},
           {"passes", passes},
           {"peak_bytes", memory.peak_bytes}}};
}

RunCommand declare(CLI::App& app) {
  const auto config = ConfigArguments::add_to(app);
  const auto request = std::make_shared<Request>();
  app.add_flag("--passes", request->passes, "also the passes over the graph and what each saves");
  app.add_flag("--memory", request->memory, "also the plan of a training step, with what is held when");
  return [config, request](Session& session) { return describe(*config, *request, session); };
}

}  // namespace

extern const Command model_command = {"model", "print a network's layers: shapes, parameters, MACs, bytes", declare};

}  // namespace seg
