// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_text.h"

#include <string>

#include "base/text.h"
#include "doctor/prescription.h"

namespace seg {
namespace {

std::string rate_text(const Amount& rate) { return rate ? fixed(*rate, 1) : "unknown"; }

std::string verdict(const Finding& finding) {
  std::string text;
  if (finding.expected_speedup) text += "expected " + speedup_text(*finding.expected_speedup);
  if (finding.verified_speedup)
    text += (text.empty() ? "" : ", ") + ("measured " + speedup_text(*finding.verified_speedup)) +
            (finding.is_applied ? ": kept" : ": not kept");
  return text.empty() ? text : " [" + text + "]";
}

}  // namespace

void show_figures(const Figures& figures, Console& console) {
  console.table({{"images/s", ""},
                 {"loader and step together", rate_text(figures.run_rate)},
                 {"loader alone", rate_text(figures.loader_rate)},
                 {"step alone", rate_text(figures.step_rate)}});
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < kNumPhases; ++i)
    if (const Amount share = figures.phases[i]; share && *share >= 0.005)
      parts.push_back(std::string(kPhaseNames[i]) + " " + percent(*share, 0) + " %");
  console.info("time goes to: " + (parts.empty() ? "unknown" : joined(parts, ", ")));
}

void show_findings(const std::vector<Finding>& findings, Console& console) {
  if (findings.empty()) return console.info("nothing to find fault with");
  for (const Finding& finding : findings) {
    console.info(finding.rule + ": " + finding.evidence + verdict(finding));
    const std::string change = text_of(finding.change);
    console.info("    " + finding.advice + (change.empty() ? std::string() : " (" + change + ")"));
  }
}

}  // namespace seg
