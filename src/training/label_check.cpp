// SPDX-License-Identifier: Apache-2.0
#include "training/label_check.h"

#include <string>
#include <utility>

#include "base/counted.h"
#include "base/machine.h"
#include "base/signals.h"
#include "telemetry/progress_line.h"

namespace seg {
namespace {

struct Stopped {};

ScanReport scan(const LabelCheck& check, std::int64_t num_classes, Console& console) {
  ProgressLine line(console, "looking at the labels", check.dataset.size());
  const auto progress = [&](std::size_t done) {
    if (stop_requested()) throw Stopped{};  // the scan passes it on
    line.show(done);
    if (check.kept != nullptr) check.kept->save_now_and_then();
  };
  return scan_labels(check.dataset, {.num_classes = num_classes,
                                     .split = check.split,
                                     .may_skip = check.may_skip,
                                     .threads = usable_processors(),
                                     .record = check.kept != nullptr ? check.kept->record() : nullptr,
                                     .progress = progress});
}

std::string known_text(const ScanReport& report, Split split) {
  return "known from an earlier scan: " + std::to_string(report.num_known) + " of " +
         counted(report.samples, std::string(name_of(split)) + " label");
}

}  // namespace

void tell_warnings(const std::vector<Problem>& warnings, Console& console) {
  for (const Problem& warning : warnings)
    console.warning(warning.where + ": " + warning.what + ". Try: " + warning.remedy);
}

bool check_labels(const std::vector<LabelCheck>& checks, std::int64_t num_classes, Console& console) {
  std::vector<Problem> problems;
  for (const LabelCheck& check : checks) {
    ScanReport report;
    bool is_stopped = false;
    try {
      report = scan(check, num_classes, console);
    } catch (const Stopped&) {
      is_stopped = true;
    }
    if (check.kept != nullptr) check.kept->save();
    if (is_stopped) return false;
    if (report.num_known > 0) console.info(known_text(report, check.split));
    tell_warnings(report.warnings, console);
    if (check.classes != nullptr) *check.classes = report.classes;
    for (Problem& problem : report.problems) problems.push_back(std::move(problem));
  }
  fail_if_any(std::move(problems));
  return true;
}

}  // namespace seg
