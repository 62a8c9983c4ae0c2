// SPDX-License-Identifier: Apache-2.0
// What a run does when memory runs out in a step: the same batch again, in smaller micro-batches.
//
// The step that failed has undone itself (step.h). What the allocators hold without using it is given back, the
// micro-batches become views of half as many images, or of fewer, so that they divide the batch, and the step is made
// again: as one that was configured so from the start, to the bit. Not thread-safe.
#pragma once
#include <cstdint>
#include <exception>
#include <functional>
#include <string>

#include "base/out_of_memory.h"
#include "engine/device.h"
#include "training/step.h"

namespace seg {

// Whether an exception says that memory ran out: std::bad_alloc, or what LibTorch throws for the host or a GPU.
bool is_out_of_memory(const std::exception& error);
std::string text_without_backtrace(const std::exception& error);

// The fewest equal parts of `count` images that hold at most half as many as those of `parts`; 0 if those are single
// images.
std::int64_t more_parts(std::int64_t count, std::int64_t parts);

struct BatchSplit {
  std::int64_t step = 0, images = 0;  // of the whole batch
  std::int64_t parts_before = 0, parts = 0;
  std::string reason;
};
std::string split_text(const BatchSplit& split);  // a line for people

struct OutOfMemoryPolicy {
  c10::Device device = c10::Device(c10::kCPU);
  bool may_split = true;                             // on_oom = split
  std::function<void(const BatchSplit&)> tell = {};  // of each split, before the step is tried again
};

// The step on the batch. OutOfMemory if it fails with single images; UserError if it fails with more and may not be
// split.
StepResult run_step(TrainingStep& step, const BatchView& batch, double learning_rate, const OutOfMemoryPolicy& policy);

}  // namespace seg
