// SPDX-License-Identifier: Apache-2.0
// What happened in a run, line by line: begun, taken up again, split, saved, ended, and whatever else was told. Pure.
#pragma once
#include <string>

#include "report/run_history.h"

namespace seg {

// HTML. Checkpoints are counted, not listed; of very many events the first and the last are shown.
std::string chronicle_html(const RunHistory& history);

// HTML: what the doctor found over the whole run and while it ran; empty if that was nothing.
std::string findings_html(const RunHistory& history);

// HTML: where the run's parts ran, and what was called.
std::string machine_html(const RunHistory& history);

std::string utc_text(double unix_time);  // "2026-01-31 14:05 UTC"; "–" if it is unknown

}  // namespace seg
