// SPDX-License-Identifier: Apache-2.0
// The rehearsal before step 1: what would otherwise fail after the first hours fails now.
//
// Some steps are made with a network that is gone before the run's own is made, so that the run needs no more memory
// for it; some validation images go through evaluation, and a checkpoint is written into the run folder, read back and
// taken away again. The run's network, its random numbers and the folder are afterwards as they were. A request to stop
// ends it early. Errors are those of the things rehearsed.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/log.h"
#include "config/config.h"
#include "dataset/dataset.h"
#include "training/out_of_memory.h"
#include "training/run_folder.h"
#include "training/settings.h"
#include "training/validation.h"

namespace seg {

inline constexpr std::int64_t kImagesRehearsed = 2;

struct Rehearsal {
  std::vector<double> step_seconds{};  // of each step, without the first, unless that alone took long
  std::vector<BatchSplit> splits{};    // as memory ran out in them
  double loading_seconds = 0;          // that the loader's workers need for a step's batch
  double evaluation_seconds = 0;       // of the images rehearsed
  std::int64_t images = 0;
  double checkpoint_seconds = 0;  // written and read back
  std::int64_t checkpoint_bytes = 0;
};

void rehearse_steps(const Config& config, const RunSettings& settings, const Dataset& train, Log& log,
                    Rehearsal& result);
void rehearse_evaluation(Validation& validation, Rehearsal& result);
// `save` writes a checkpoint to the path that it is given.
void rehearse_checkpoint(const RunFolder& folder, const std::function<void(const std::filesystem::path&)>& save,
                         Rehearsal& result);

// What the rehearsal lets expect of a run: between two numbers of seconds, as other programs let it and losses allow.
struct SecondsRange {
  double low = 0, high = 0;
};
struct RunLength {
  std::int64_t steps = 0;
  std::int64_t evaluations = 1;       // at most, with the one at the end
  std::int64_t images = 0;            // of an evaluation
  bool evaluations_are_auto = false;  // then those before the end keep to a share of the time
};
SecondsRange expected_seconds(const Rehearsal& result, const RunLength& length);

// A line for people: what went well, and how long an evaluation and the run will take.
std::string rehearsal_text(const Rehearsal& result, const RunLength& length);

}  // namespace seg
