// SPDX-License-Identifier: Apache-2.0
// A comparison of runs as one page that stands alone: its tables, and curves laid over each other. Pure.
#pragma once
#include <string>

#include "report/run_comparison.h"

namespace seg {

std::string comparison_page(const RunComparison& comparison);

}  // namespace seg
