// SPDX-License-Identifier: Apache-2.0
// Where a run begins: fresh, or where an earlier part of it stopped.
#pragma once
#include <filesystem>
#include <optional>

#include "base/log.h"
#include "training/checkpoint.h"
#include "training/run.h"
#include "training/run_folder.h"

namespace seg {

struct StartPoint {
  RunState state;                                   // step 0: fresh
  std::optional<std::filesystem::path> checkpoint;  // to load
};

// Looks at the folder and at what the user asked for, and changes nothing. An earlier run there that is not this one is
// a UserError with the differences and the ways out; so is one of which no checkpoint is whole.
StartPoint find_start(const TrainRequest& request, const RunFolder& folder, const RunIdentity& identity, Log& log);

// Moves what would be in the way of the run aside, and tells where to. To be called when nothing can fail any more that
// the user could mend.
void clear_the_way(const TrainRequest& request, const RunFolder& folder, const StartPoint& start, Log& log);

}  // namespace seg
