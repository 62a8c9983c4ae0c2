// SPDX-License-Identifier: Apache-2.0
// What a run does when memory runs out in a step: the same batch again, in smaller micro-batches.
//
// The step that failed has undone itself (step.h). What the allocators hold without using it is given back, the
// micro-batches become views of half as many images, or of fewer, so that they divide the batch, and the step is made
// again: as one that was configured so from the start, to the bit. Not thread-safe.
//
// Where it runs out elsewhere, there is nothing to be split: while_doing() says in what, and the program tells that
// with what bounds the memory and what would give it more.
#pragma once
#include <cstdint>
#include <exception>
#include <functional>
#include <new>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/out_of_memory.h"
#include "config/memory.h"
#include "engine/device.h"
#include "training/step.h"

namespace seg {

// Whether an exception says that memory ran out: std::bad_alloc, a thread that cannot be had, or what LibTorch throws
// for the host or a GPU. A UserError does not, whatever its words.
bool is_out_of_memory(const std::exception& error);
std::string text_without_backtrace(const std::exception& error);

// Memory ran out in what is named: "reading net.pth".
class RanOutWhile : public std::bad_alloc {
 public:
  RanOutWhile(const std::string& doing, const std::string& reason);
  const std::string& doing() const noexcept { return doing_; }
  const char* what() const noexcept override { return reason_.c_str(); }

 private:
  std::string doing_, reason_;
};

// What body() returns. Where memory runs out in it, RanOutWhile; of several, one in another, the innermost stays.
template <class Body>
decltype(auto) while_doing(const std::string& doing, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const RanOutWhile&) {
    throw;
  } catch (const std::exception& error) {
    if (!is_out_of_memory(error)) throw;
    throw RanOutWhile(doing, text_without_backtrace(error));
  }
}

// For people: what it was, what bounds the memory, what would give more. `doing` counts where the error does not say.
Problem out_of_memory_problem(const std::exception& error, const std::string& doing, const MemoryConfig& config);

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
  bool may_split = true;                        // on_oom = split
  std::string trial{};                          // what a step that is none of a run is made for: "the rehearsal"
  MemoryConfig memory{};                        // for what is told where a split does not help
  std::function<std::int64_t()> image_bytes{};  // what a step on a single image is forecast to take, if it is known
  std::function<void(const BatchSplit&)> tell = {};  // of each split, before the step is tried again
};

// The step on the batch. OutOfMemory if it fails with single images; UserError if it fails with more and may not be
// split. They say what was tried, and where a run goes on; of a trial, that nothing was trained.
StepResult run_step(TrainingStep& step, const BatchView& batch, double learning_rate, const OutOfMemoryPolicy& policy);

}  // namespace seg
