// SPDX-License-Identifier: Apache-2.0
// What the doctor says to people of figures and findings, whether they were measured or read from a run's files.
#pragma once
#include <vector>

#include "doctor/figures.h"
#include "doctor/finding.h"
#include "telemetry/console.h"

namespace seg {

// Rates, and what the time goes to.
void show_figures(const Figures& figures, Console& console);
// What was found, a finding with its advice below it.
void show_findings(const std::vector<Finding>& findings, Console& console);

}  // namespace seg
