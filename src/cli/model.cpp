// SPDX-License-Identifier: Apache-2.0
#include "models/model.h"
#include "base/counted.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "base/error.h"
#include "base/machine.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/config_arguments.h"
#include "config/places.h"
#include "dataset/dataset.h"
#include "engine/device.h"
#include "engine/precision.h"
#include "graph/memory_plan.h"
#include "graph/passes.h"
#include "graph/summary.h"
#include "training/point_settings.h"
#include "training/settings.h"

namespace seg {
namespace {

using Json = nlohmann::json;

struct Request {
  bool passes = false, memory = false;
};

// One pass of the catalogue: a training step (of one for inference alone: an evaluation of the same images) with it and
// without it, the others being as chosen.
struct PassSaving {
  const GraphPass* pass;
  bool is_on;
  StepCost with, without;
};

// What the command looks at: a network, its training graph, and the size of a micro-batch.
struct Subject {
  std::string name;
  Graph network, training;
  Graph inference;  // refined, if there is a point head
  std::vector<PassSaving> passes;
  InputSize size;
  std::int64_t points;  // of an image, that the network's point head is asked about
  NumberBytes bytes;
};

// As the config says; where it leaves the classes to the data set, the data set is asked.
std::int64_t num_classes_of(const Config& config, bool is_model, Log& log) {
  constexpr std::int64_t kAssumed = 19;
  if (config.model.n_cats) return *config.model.n_cats;
  if (!is_model) {
    const std::unique_ptr<Dataset> dataset = open_dataset(config.dataset, Split::train);
    return resolve_num_classes(dataset->traits(), config.dataset.dataset, std::nullopt);
  }
  log.info_once("n_cats is not given: " + std::to_string(kAssumed) + " classes are assumed");
  return kAssumed;
}

// A word that names neither a network nor a file was meant to name a network.
void refuse_unless_config(const std::string& word) {
  const bool is_config = word.find('=') != std::string::npos || word.find('.') != std::string::npos;
  if (is_config || std::filesystem::exists(word)) return;
  try {
    find_model(word);
  } catch (const UserError& error) {
    fail("segtrain model " + word, "is neither a network nor a config file", error.problems().front().remedy);
  }
}

std::vector<PassSaving> savings_of(const Config& config, RunSettings settings, const InputSize& size,
                                   const NumberBytes& bytes) {
  const std::vector<const GraphPass*> chosen = settings.passes;
  const auto cost_of = [&](const GraphPass& pass, bool on) {
    settings.passes.clear();
    for (const GraphPass& other : pass_catalogue()) {
      if (&other == &pass ? on : std::ranges::count(chosen, &other) != 0) settings.passes.push_back(&other);
    }
    if (!pass.is_for_training)
      return inference_cost(evaluation_graph(settings.card, settings.passes, bytes.compute != bytes.full), size, bytes);
    return step_cost(training_graph(config, settings), size, bytes);
  };
  std::vector<PassSaving> savings;
  for (const GraphPass& pass : pass_catalogue())
    savings.push_back({.pass = &pass,
                       .is_on = std::ranges::count(chosen, &pass) != 0,
                       .with = cost_of(pass, true),
                       .without = cost_of(pass, false)});
  return savings;
}

Subject subject_of(const Config& config, bool is_model, Log& log) {
  std::vector<Problem> problems;
  check_point_rend(config.model, problems);
  fail_if_any(std::move(problems));
  const std::int64_t channels = config.model.in_channels.value_or(3);
  RunSettings settings;
  settings.card = {.model = config.model.model_type,
                   .num_classes = num_classes_of(config, is_model, log),
                   .in_channels = channels,
                   .dropout = config.model.dropout,
                   .point_head = point_head_of(config.model),
                   .mean = std::vector<double>(static_cast<std::size_t>(channels), 0.5),
                   .std = std::vector<double>(static_cast<std::size_t>(channels), 0.5)};
  settings.device = choose_device(config.run.device);
  settings.precision = choose_precision(precision_request(config.precision), settings.device.device,
                                        computes_bf16(settings.device.device));
  settings.passes = choose_passes(config.model.passes,
                                  pass_conditions(settings.device.device, settings.precision.compute, cpu_features()));
  const PixelSize& crop = config.augmentation.cropsize;
  check_image_size(crop.height, crop.width, find_model(settings.card.model).size_divisor, "cropsize");
  const InputSize size{.images = config.loader.ims_per_gpu,
                       .height = crop.height,
                       .width = crop.width,
                       .points = drawn_points(config).count};
  const NumberBytes bytes{.full = 4, .compute = settings.precision.compute == c10::kFloat ? 4 : 2};
  const Graph network = graph_of(settings.card);
  return {.name = settings.card.model,
          .network = network,
          .training = training_graph(config, settings),
          .inference = inference_graph(settings.card, network),
          .passes = savings_of(config, settings, size, bytes),
          .size = size,
          .points = config.model.point_rend_points,
          .bytes = bytes};
}

Subject subject_of(const ConfigArguments& arguments, Log& log) {
  const auto& words = arguments.words();
  const bool is_model =
      !words.empty() && std::ranges::any_of(models(), [&](const Model* m) { return m->name == words.front(); });
  if (!words.empty() && !is_model) refuse_unless_config(words.front());
  ResolvedConfig resolved =
      is_model ? arguments.load_without_file(Purpose::show, log, 1) : arguments.load(Purpose::show, log);
  if (is_model) resolved.config.model.model_type = words.front();
  return telling_places(resolved, [&] { return subject_of(resolved.config, is_model, log); });
}

// What is held while each step of the plan runs.
std::string memory_text(const Subject& subject, const Plan& plan, const MemoryPlan& memory) {
  std::istringstream lines(to_string(subject.training, plan));
  std::string text;
  std::size_t step = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool is_heading = line.ends_with(':');
    text += (is_heading ? std::string() : bytes_text(memory.live_bytes.at(step++)) + "  ") + line + "\n";
  }
  return text;
}

std::string macs_text(std::int64_t macs) { return count_text(static_cast<double>(macs)) + "MACs"; }

// What is less with a pass than without it, and what is more.
class SavedText {
 public:
  void compare(std::int64_t without, std::int64_t with, std::string (*text_of)(std::int64_t), const std::string& what) {
    if (without == with) return;
    (with < without ? gains_ : costs_).push_back(text_of(std::abs(without - with)) + " of " + text_of(without) + what);
  }
  std::string text() const {
    return (gains_.empty() ? "nothing" : joined(gains_, ", ")) +
           (costs_.empty() ? "" : "; adds " + joined(costs_, ", "));
  }

 private:
  std::vector<std::string> gains_, costs_;
};

std::string saved_text(const PassSaving& saving) {
  const std::string step = saving.pass->is_for_training ? "a training step" : "an evaluation of the same images";
  SavedText saved;
  saved.compare(saving.without.macs, saving.with.macs, macs_text, " forward");
  saved.compare(saving.without.moved_bytes, saving.with.moved_bytes, bytes_text, " read and written by " + step);
  saved.compare(saving.without.peak_bytes, saving.with.peak_bytes, bytes_text, " held at its peak");
  return saved.text();
}

// Part of how any network is run: no result depends on it, so there is nothing to be switched.
Json fixed_pass(const char* name, const SavedText& saved, const char* help) {
  return {{"name", name}, {"on", true}, {"switchable", false}, {"saved", saved.text()}, {"does", help}};
}

// What is done to the graph and its plan: names, and what each saves. The first two are always on; the others are
// switched by the key `passes`.
Json passes_of(const Subject& subject, std::int64_t peak) {
  const MemoryPlan two_passes =
      plan_memory(subject.training, differentiate(subject.training, Schedule::two_passes), subject.size, subject.bytes);
  InputSize of_network = subject.size;
  of_network.points = subject.points;
  const std::int64_t dead =
      total_cost(subject.network, of_network).macs - total_cost(for_inference(subject.network), subject.size).macs;
  const std::int64_t alive = total_cost(subject.inference, subject.size).macs;
  SavedText by_schedule, by_dead_branches;
  by_schedule.compare(two_passes.peak_bytes, peak, bytes_text, " at the peak of a training step");
  by_dead_branches.compare(dead + alive, alive, macs_text, " in evaluation");
  Json passes = {fixed_pass("earliest_schedule", by_schedule,
                            "each step of the backward pass comes as early as what it needs is there"),
                 fixed_pass("dead_branches", by_dead_branches,
                            "what only training needs is not computed where a network only looks at images")};
  for (const PassSaving& saving : subject.passes)
    passes.push_back({{"name", saving.pass->name},
                      {"on", saving.is_on},
                      {"switchable", true},
                      {"saved", saved_text(saving)},
                      {"does", saving.pass->help}});
  return passes;
}

std::string pass_text(const Json& pass) {
  const char* const state = !pass.at("switchable").get<bool>() ? ", always on, saves "
                            : pass.at("on").get<bool>()        ? " saves "
                                                               : " is off; on, it saves ";
  return pass.at("name").get<std::string>() + state + pass.at("saved").get<std::string>();
}

Outcome describe(const ConfigArguments& arguments, const Request& request, Session& session) {
  const Subject subject = subject_of(arguments, session.console);
  InputSize one_image = subject.size;
  one_image.images = 1;
  one_image.points = subject.points;
  const Summary summary = summarize(subject.network, one_image, subject.bytes);
  const Plan plan = differentiate(subject.training);
  const MemoryPlan memory = plan_memory(subject.training, plan, subject.size, subject.bytes);
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
  session.console.info("a training step on " + counted(subject.size.images, "image") + " holds " +
                       bytes_text(memory.peak_bytes) + " of values at its peak");
  if (request.passes)
    for (const Json& pass : passes) session.console.info(pass_text(pass));
  if (request.memory) session.console.info(memory_text(subject, plan, memory));
  return {{{"parameters", summary.parameters},
           {"macs", summary.macs},
           {"layers", layers},
           {"passes", passes},
           {"peak_bytes", memory.peak_bytes}}};
}

RunCommand declare(CLI::App& app) {
  const auto config = ConfigArguments::add_to(app);
  const auto request = std::make_shared<Request>();
  app.add_flag("--passes", request->passes,
               "also the passes over the graph, what each saves and which the key `passes` does not switch");
  app.add_flag("--memory", request->memory, "also the plan of a training step, with what is held when");
  std::vector<std::string> names;
  for (const Model* const model : models()) names.emplace_back(model->name);
  app.footer("The name of a network may stand in the place of the config file: " + joined(names, ", "));
  return [config, request](Session& session) { return describe(*config, *request, session); };
}

}  // namespace

extern const Command model_command = {"model", "print a network's layers: shapes, parameters, MACs, bytes", declare};

}  // namespace seg
