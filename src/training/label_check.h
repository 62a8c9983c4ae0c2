// SPDX-License-Identifier: Apache-2.0
// Looks at every label before the work begins, and shows how far it is.
#pragma once
#include <cstdint>
#include <vector>

#include "base/error.h"
#include "dataset/dataset.h"
#include "dataset/scan.h"
#include "telemetry/console.h"
#include "training/kept_scan.h"

namespace seg {

struct LabelCheck {
  const Dataset& dataset;
  Split split = Split::train;
  std::int64_t may_skip = 0;  // unreadable samples that are only warnings, as training passes over them
  KeptScan* kept = nullptr;   // what it knows is not looked at again; what is found, it keeps
  std::vector<ClassCount>* classes = nullptr;  // gets how often they occur
};

// Each as a line of the log.
void tell_warnings(const std::vector<Problem>& warnings, Console& console);

// UserError with the problems of all data sets; what is only doubtful becomes warnings. False if a request to stop
// (base/signals.h) came in between: then nothing is known, but for what records have kept so far.
bool check_labels(const std::vector<LabelCheck>& checks, std::int64_t num_classes, Console& console);

}  // namespace seg
