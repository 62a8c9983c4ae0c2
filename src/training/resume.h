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

// Looks at the folder and at what the user asked for. An earlier run there that is not this one is a UserError with the
// differences and the ways out. With Resume::never it is moved aside.
StartPoint find_start(const TrainRequest& request, const RunFolder& folder, const RunIdentity& identity, Log& log);

}  // namespace seg
