// SPDX-License-Identifier: Apache-2.0
// The rehearsal before step 1: what would otherwise fail after the first hours fails now.
//
// Some validation images go through evaluation, and a checkpoint is written into the run folder, read back and taken
// away again. The network, its random numbers and the folder are afterwards as they were. Errors are those of the
// things rehearsed.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>

#include "training/run_folder.h"
#include "training/validation.h"

namespace seg {

inline constexpr std::int64_t kImagesRehearsed = 2;

struct Rehearsal {
  double evaluation_seconds = 0;  // of the images rehearsed
  std::int64_t images = 0;
  double checkpoint_seconds = 0;  // written and read back
  std::int64_t checkpoint_bytes = 0;
};

void rehearse_evaluation(Validation& validation, Rehearsal& result);
// `save` writes a checkpoint to the path that it is given.
void rehearse_checkpoint(const RunFolder& folder, const std::function<void(const std::filesystem::path&)>& save,
                         Rehearsal& result);

// A line for people: what went well, and how long an evaluation of `images` will take.
std::string rehearsal_text(const Rehearsal& result, std::int64_t images);

}  // namespace seg
