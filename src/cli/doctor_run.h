// SPDX-License-Identifier: Apache-2.0
// `segtrain doctor RUN_FOLDER`: the rules, judged by what a run has kept of itself. Nothing is measured or changed.
#pragma once
#include <filesystem>

#include "cli/command.h"

namespace seg {

// UserError if the folder is not that of a run.
Outcome examine_run(const std::filesystem::path& folder, Session& session);

}  // namespace seg
