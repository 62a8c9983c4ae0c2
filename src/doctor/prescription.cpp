// SPDX-License-Identifier: Apache-2.0
#include "doctor/prescription.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "config/present.h"
#include "config/printer.h"

namespace seg {
namespace {

using Json = nlohmann::json;

std::string comment_line(const std::string& text) { return toml_comment(text) + '\n'; }

std::string gains_text(const Finding& finding) {
  std::string text;
  if (finding.expected_speedup) text += " (expected " + speedup_text(*finding.expected_speedup);
  if (finding.verified_speedup)
    text += (text.empty() ? " (" : ", ") + ("measured " + speedup_text(*finding.verified_speedup));
  return text.empty() ? text : text + ")";
}

std::string finding_comment(const Finding& finding) {
  const std::string name = finding.change.empty() ? finding.rule : text_of(finding.change);
  return comment_line("  " + name + ": " + finding.evidence + gains_text(finding)) +
         comment_line("    " + finding.advice);
}

Json rate_of(const Amount& rate) { return {{"images_per_second", rate ? Json(*rate) : Json()}}; }

}  // namespace

ResolvedConfig tuned_config(ResolvedConfig config, const Change& change) {
  for (const auto& [key, value] : change) {
    const std::string before = config.origins.at(key).text;
    config.settle(key, value, "");
    if (config.origins.at(key).text != before)
      config.origins.at(key) = {OriginKind::automatic, "doctor; before: " + before};
  }
  return config;
}

std::string prescription_text(const ResolvedConfig& config, const Tuning& tuning) {
  std::string text;
  if (tuning.total) {
    text += comment_line("segtrain doctor: " + fixed(tuning.total->before, 1) + " images/s before, " +
                         fixed(tuning.total->after, 1) + " with what is changed here: " + speedup_text(*tuning.total));
  } else {
    const bool was_tried = std::ranges::any_of(
        tuning.findings, [](const Finding& finding) { return finding.verified_speedup.has_value(); });
    text += comment_line(was_tried ? "segtrain doctor: nothing that it may change made training faster"
                                   : "segtrain doctor: nothing was tried, and nothing is changed");
  }
  for (const Finding& finding : tuning.findings)
    if (finding.is_applied) text += finding_comment(finding);
  bool has_title = false;
  for (const Finding& finding : tuning.findings) {
    if (finding.is_applied) continue;
    if (!has_title) text += comment_line("Not changed:");
    has_title = true;
    text += finding_comment(finding);
  }
  return text + '\n' + config_as_toml(tuned_config(config, tuning.change));
}

Json to_json(const Tuning& tuning) {
  Json findings = Json::array();
  for (const Finding& finding : tuning.findings) findings.push_back(to_json(finding));
  Json phases = Json::object();
  for (std::size_t i = 0; i < kNumPhases; ++i)
    phases[std::string(kPhaseNames[i])] = tuning.before.phases[i] ? Json(*tuning.before.phases[i]) : Json();
  const Amount before = tuning.total ? Amount(tuning.total->before) : tuning.before.run_rate;
  const Amount after = tuning.total ? Amount(tuning.total->after) : before;
  const Json spread = tuning.total && tuning.total->range ? Json(*tuning.total->spread()) : Json();
  return {{"phases", std::move(phases)},
          {"findings", std::move(findings)},
          {"tuned", to_json(tuning.change)},
          {"before", rate_of(before)},
          {"after", rate_of(after)},
          {"speedup", tuning.total ? Json(tuning.total->speedup) : Json(1.0)},
          {"spread", spread},
          {"trials", tuning.num_trials},
          {"had_time_for_all", tuning.had_time},
          {"figures", to_json(tuning.before)}};
}

}  // namespace seg
