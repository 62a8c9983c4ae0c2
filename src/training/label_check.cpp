// SPDX-License-Identifier: Apache-2.0
#include "training/label_check.h"

#include <string>
#include <utility>

#include "base/machine.h"
#include "base/signals.h"
#include "dataset/scan.h"

namespace seg {
namespace {

struct Stopped {};

ScanReport scan(const LabelCheck& check, std::int64_t num_classes, Console& console) {
  const std::string total = std::to_string(check.dataset.size());
  const auto progress = [&](std::size_t done) {
    if (stop_requested()) throw Stopped{};  // the scan passes it on
    console.progress("looking at the labels: " + std::to_string(done) + "/" + total);
  };
  return scan_labels(check.dataset, {.num_classes = num_classes,
                                     .split = check.split,
                                     .may_skip = check.may_skip,
                                     .threads = usable_processors(),
                                     .progress = progress});
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
    try {
      report = scan(check, num_classes, console);
    } catch (const Stopped&) {
      console.progress("");
      return false;
    }
    console.progress("");
    tell_warnings(report.warnings, console);
    for (Problem& problem : report.problems) problems.push_back(std::move(problem));
  }
  fail_if_any(std::move(problems));
  return true;
}

}  // namespace seg
