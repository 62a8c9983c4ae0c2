// SPDX-License-Identifier: Apache-2.0
// The larger micro-batch that is worth a measurement where a run's are small: what is measured is what is advised.
#pragma once
#include <cstdint>
#include <optional>

#include "doctor/figures.h"
#include "doctor/finding.h"

namespace seg {

struct LargerMicroBatch {
  std::int64_t images = 0;
  bool keeps_batch = false;  // the effective batch stays what it is
  Change change{};
};

// Doubled until there are 8 images at least, as far as the effective batch can be made of such; where not even the
// double fits into it, that. Nothing where micro-batches are not small, or not known.
std::optional<LargerMicroBatch> larger_micro_batch(const Figures& figures);

}  // namespace seg
