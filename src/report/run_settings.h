// SPDX-License-Identifier: Apache-2.0
// The settings of a run with where they came from: those that somebody or something chose, then all. Pure.
#pragma once
#include <string>

#include "report/kept_config.h"

namespace seg {

std::string settings_html(const KeptConfig& config);

}  // namespace seg
