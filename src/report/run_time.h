// SPDX-License-Identifier: Apache-2.0
// Where the time of a run went: phases over time and in total. Pure.
#pragma once
#include <string>

#include "report/run_history.h"

namespace seg {

// HTML. A run without a line about steps has no such time, and the text says so.
std::string time_html(const RunHistory& history);

// "data_wait" as people read it: "waiting for data".
std::string name_of_phase(Phase phase);

}  // namespace seg
