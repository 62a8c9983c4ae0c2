// SPDX-License-Identifier: Apache-2.0
#include "training/bench_eval.h"

#include <vector>

#include "base/clock.h"
#include "engine/device.h"
#include "engine/memory.h"
#include "evaluation/results.h"
#include "telemetry/progress_line.h"
#include "training/validation.h"

namespace seg {
namespace {

using Json = nlohmann::json;

// Of tensors, since the last reset; unknown where they are not the arena's.
Json peak_of_tensors() {
  const Arena* const arena = installed_arena();
  return arena != nullptr ? Json(arena->statistics().peak_in_use) : Json();
}

struct Passes {
  Config config;  // of one protocol
  RunSettings settings;
  const char* name;
};

Json time_passes(Passes passes, const ReaderSource& source, ParameterStore& parameters, const BenchLength& length,
                 Console& console) {
  set_image_fit(passes.settings.card, passes.config.evaluation);
  Validation validation(passes.config, passes.settings, source, parameters, console);
  if (length.warmup > 0) (void)validation.rehearse(length.warmup, [] { return true; });
  if (Arena* const arena = installed_arena()) arena->reset_peak();
  const auto images = static_cast<std::size_t>(validation.num_images());
  ProgressLine line(console, passes.config.evaluation.eval_protocols.front() + " by the rules of the " + passes.name,
                    static_cast<std::size_t>(length.steps) * images);
  std::vector<double> seconds;
  for (std::int64_t pass = 0; pass < length.steps; ++pass) {
    const double start = seconds_now();
    (void)validation.run([&](std::int64_t done) {
      line.show(static_cast<std::size_t>(pass) * images + static_cast<std::size_t>(done));
      return true;
    });
    seconds.push_back(seconds_now() - start);
  }
  const Spread spread = spread_of(seconds);
  const std::string& protocol = validation.results().front().protocol;
  const Json metrics = to_json(validation.results()).at(protocol);
  return {{"images_per_second", static_cast<double>(images) / spread.median},
          {"seconds", {{"median", spread.median}, {"p10", spread.p10}, {"p90", spread.p90}}},
          {"peak_bytes", peak_of_tensors()},
          {"miou", metrics.at("miou")},
          {"confusion_matrix", metrics.at("confusion_matrix")}};
}

}  // namespace

EvaluationConfig reference_rules(EvaluationConfig rules) {
  rules.absent_class = "reference";
  rules.window_overlap = "sum";
  rules.mscf_rule = "exp_of_probability";
  rules.eval_resize = "align_corners";
  rules.eval_pad = "resize";
  rules.boundary_metrics = false;
  return rules;
}

Json bench_eval(const Config& config, const RunSettings& settings, const ReaderSource& source,
                ParameterStore& parameters, const BenchLength& length, Console& console) {
  Json protocols = Json::object();
  for (const std::string& protocol : config.evaluation.eval_protocols) {
    Passes own{.config = config, .settings = settings, .name = "config"};
    own.config.evaluation.eval_protocols = {protocol};
    Passes reference = own;
    reference.name = "reference";
    reference.config.evaluation = reference_rules(own.config.evaluation);
    protocols[protocol] = {{"config", time_passes(own, source, parameters, length, console)},
                           {"reference", time_passes(reference, source, parameters, length, console)}};
  }
  return {{"protocols", protocols},
          {"images", source.size()},
          {"passes", length.steps},
          {"machine", machine_record(settings.device, settings.precision, compute_threads())}};
}

}  // namespace seg
