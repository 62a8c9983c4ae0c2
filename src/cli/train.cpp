// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/error.h"
#include "base/signals.h"
#include "cli/command.h"
#include "cli/config_arguments.h"
#include "cli/doctor_session.h"
#include "cli/program.h"
#include "config/places.h"
#include "doctor/prescription.h"
#include "telemetry/metrics_file.h"
#include "training/run.h"

namespace seg {
namespace {

bool has_checkpoints(const std::filesystem::path& run) {
  std::error_code error;
  const std::filesystem::directory_iterator first(run / "checkpoints", error);
  return !error && first != std::filesystem::directory_iterator();
}

// Of the run that goes on: a checkpoint lies in a folder of its run's.
std::filesystem::path record_of(const TrainRequest& request) {
  const std::filesystem::path run = request.resume == Resume::from_file
                                        ? std::filesystem::absolute(request.resume_file).parent_path().parent_path()
                                        : std::filesystem::path(request.config.config.run.respth);
  return run / "metrics.jsonl";
}

// What the doctor changed when the run began, if it goes on; else what it changes now.
void tune(TrainRequest& request, Console& console) {
  if (const std::filesystem::path metrics = record_of(request);
      request.resume != Resume::never && std::filesystem::exists(metrics) && has_checkpoints(metrics.parent_path())) {
    auto start = MetricsFile::last(metrics, "resume");  // each part of a run tells it anew
    if (!start) start = MetricsFile::last(metrics, "start");
    const nlohmann::json tuned = start ? start->value("tuned", nlohmann::json()) : nlohmann::json();
    if (!tuned.is_object()) {
      console.info(
          "auto_tune: the run that goes on began without it, and nothing is measured now; --resume never does");
      return;
    }
    request.config = tuned_config(request.config, change_from(tuned));
    request.tuned = tuned;
    for (const nlohmann::json& finding : start->value("tried", nlohmann::json::array()))
      request.tried.push_back(finding_from(finding));
    return;
  }
  console.info("auto_tune: the doctor measures first");
  const std::optional<Diagnosis> diagnosis = diagnose(request.config, kUsualBudget, console);
  if (!diagnosis) console.warning("auto_tune: a minute is too short for steps of this length; nothing is changed");
  const Tuning tuning = diagnosis ? diagnosis->tuning : Tuning();
  request.config = tuned_config(request.config, tuning.change);
  request.tuned = to_json(tuning.change);
  for (const Finding& finding : tuning.findings)
    if (finding.verified_speedup) request.tried.push_back(finding);
}

// As many steps as the config says, or a few.
void trace(ResolvedConfig& config) {
  constexpr std::int64_t kFewSteps = 20;
  if (config.config.watching.trace_steps > 0) return;
  config.config.watching.trace_steps = kFewSteps;
  config.origins["trace_steps"] = {.kind = OriginKind::command_line, .text = "--trace"};
}

RunCommand declare(CLI::App& app) {
  const auto config = ConfigArguments::add_to(app);
  const auto resume = std::make_shared<std::string>("auto");
  app.add_option("--resume", *resume,
                 "auto: go on with the run in respth; never: move it aside; FILE: go on from that checkpoint")
      ->type_name("auto|never|FILE");
  const auto is_dry = std::make_shared<bool>(false), is_traced = std::make_shared<bool>(false);
  app.add_flag("--dry-run", *is_dry, "check everything, show the settings, train nothing and leave nothing behind");
  app.add_flag("--trace", *is_traced, "write a few steps into trace.json, for ui.perfetto.dev (trace_steps=20)");
  return [config, resume, is_dry, is_traced](Session& session) {
    TrainRequest request{.config = config->load(Purpose::train, session),
                         .config_file = config->file(),
                         .is_dry = *is_dry,
                         .arguments = session.arguments};
    if (*is_traced) trace(request.config);
    if (*resume == "never") {
      request.resume = Resume::never;
    } else if (*resume != "auto") {
      request.resume = Resume::from_file;
      request.resume_file = *resume;
      if (!std::filesystem::exists(request.resume_file))
        fail(*resume, "there is no such checkpoint", "--resume auto, never, or a file of a run's checkpoints folder");
    }
    if (request.config.config.watching.auto_tune) {
      install_signal_handlers();
      tune(request, session.console);
    }
    const TrainResult result = telling_places(request.config, [&] { return train(request, session.console); });
    return Outcome{result.json, result.is_complete ? kExitDone : kExitStopped};
  };
}

}  // namespace

extern const Command train_command = {"train", "train; a run folder is the result", declare};

}  // namespace seg
