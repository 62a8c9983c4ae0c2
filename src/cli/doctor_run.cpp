// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_run.h"

#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/doctor_text.h"
#include "config/early_stop_metric.h"
#include "config/resolve.h"
#include "doctor/prescription.h"
#include "doctor/rules.h"
#include "doctor/run_record.h"

namespace seg {

Outcome examine_run(const std::filesystem::path& folder, Session& session) {
  const std::filesystem::path config_file = folder / "config.toml", metrics = folder / "metrics.jsonl";
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(config_file, ignored) || !std::filesystem::is_regular_file(metrics, ignored))
    fail(folder.string(), "is no run folder: config.toml or metrics.jsonl is not there",
         "a folder that `segtrain train` made (its respth), or a config file");
  const ResolvedConfig resolved = load_config({.file = config_file, .purpose = Purpose::show}, silent_log());
  Figures figures = figures_of_config(resolved.config);
  const std::string record = read_text(metrics);
  update(figures, figures_of_record(record, main_protocol(resolved.config.evaluation.eval_protocols)));
  if (!figures.run_rate)
    fail(metrics.string(), "tells of no stretch of steps: there is nothing to judge",
         "a run that has printed a line about steps; or its config, with which the doctor measures itself: "
         "segtrain doctor " +
             config_file.string());
  // The run itself knew more than it has kept.
  Tuning tuning{.before = figures, .findings = findings_of_record(record)};
  for (Finding& finding : findings_of(figures))
    if (finding_of(tuning.findings, finding.rule) == nullptr) tuning.findings.push_back(std::move(finding));
  put_in_order(tuning.findings);
  show_figures(figures, session.console);
  show_findings(tuning.findings, session.console);
  session.console.info("what other settings gain is measured with its config: segtrain doctor " + config_file.string());
  nlohmann::json json = to_json(tuning);
  json["device"] = nlohmann::json();  // it may have been another machine
  return Outcome{json};
}

}  // namespace seg
