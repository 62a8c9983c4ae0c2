// SPDX-License-Identifier: Apache-2.0
#include "training/out_of_memory.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/counted.h"
#include "base/error.h"
#include "base/text.h"
#include "engine/bounded_heap.h"
#include "engine/memory.h"
#include "training/memory_bound.h"

namespace seg {
namespace {

std::string parts_text(std::int64_t images, std::int64_t parts) {
  return counted(parts, "micro-batch") + " of " + counted(images / parts, "image");
}

// How a step failed with all that was tried of it.
struct FailedStep {
  std::string crop, reason;
  std::vector<std::int64_t> images;  // of the micro-batches, the last is what ended it
};

// ", as it had on 4 and 2 at once".
std::string earlier_text(const FailedStep& failed) {
  std::vector<std::string> counts;
  for (const std::int64_t images : failed.images) counts.push_back(std::to_string(images));
  counts.pop_back();
  return counts.empty() ? "" : ", as it had on " + joined(counts, " and ") + " at once";
}

// With how much more would do, as far as a forecast knows it. What the step did not need has been given back.
std::string more_memory(const OutOfMemoryPolicy& policy) {
  const bool is_known = policy.device.is_cpu() && policy.image_bytes;
  const std::int64_t missing = is_known ? policy.image_bytes() - memory_budget(policy.memory) : 0;
  return memory_remedy(policy.memory) +
         (missing > 0 ? " (by " + shortage_text(policy.memory, missing) + ")" : std::string());
}

[[noreturn]] void fail_trial(const FailedStep& failed, const OutOfMemoryPolicy& policy) {
  if (failed.images.back() == 1)
    throw OutOfMemory(Problem{policy.trial,
                              "memory ran out on a single image of " + failed.crop + " (" + failed.reason + ")" +
                                  earlier_text(failed) + "; nothing was trained",
                              more_memory(policy) + ", a smaller cropsize, or precision=bf16 if it is fp32"});
  throw UserError(Problem{policy.trial,
                          "memory ran out on " + counted(failed.images.back(), "image") + " of " + failed.crop + " (" +
                              failed.reason + "); nothing was trained",
                          "on_oom=split, with which the same effective batch is made of smaller micro-batches; or a "
                          "smaller ims_per_gpu or cropsize"});
}

[[noreturn]] void fail_step(std::int64_t step, const FailedStep& failed, const OutOfMemoryPolicy& policy) {
  const std::string where = "step " + std::to_string(step);
  if (failed.images.back() == 1)
    throw OutOfMemory(Problem{
        where, "memory ran out on a single image of " + failed.crop + " (" + failed.reason + ")" + earlier_text(failed),
        more_memory(policy) +
            ", or precision=bf16 if it is fp32: the same command then goes on from the last checkpoint that there is. "
            "With a smaller cropsize it is another run, in a respth of its own or by --resume FILE"});
  throw UserError(Problem{
      where,
      "memory ran out on " + counted(failed.images.back(), "image") + " of " + failed.crop + " (" + failed.reason + ")",
      "on_oom=split: the same command then goes on from the last checkpoint that there is, with the same "
      "effective batch in smaller micro-batches, which are what batch normalisation and OHEM's choice see. "
      "With a smaller ims_per_gpu and more gradient_accumulation_steps, which comes to the same, it goes on by "
      "--resume FILE"});
}

}  // namespace

bool is_out_of_memory(const std::exception& error) {
  if (dynamic_cast<const UserError*>(&error) != nullptr) return false;  // somebody has told already what it means
  // A thread for whose stack there is no room is said to be "temporarily unavailable".
  if (const auto* const of_system = dynamic_cast<const std::system_error*>(&error))
    return of_system->code() == std::errc::not_enough_memory ||
           of_system->code() == std::errc::resource_unavailable_try_again;
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr) return true;
  if (dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr) return true;
  // LibTorch says running out of host memory, and CUDA's driver of a GPU's, in words only. oneDNN has no word of its
  // own for it: a primitive that it cannot make is one for whose code or scratch space there is none.
  constexpr std::array<std::string_view, 4> kWords = {"can't allocate memory", "CUDA error: out of memory",
                                                      "could not create a primitive", "could not execute a primitive"};
  const std::string_view what = error.what();
  return std::ranges::any_of(kWords,
                             [&](std::string_view words) { return what.find(words) != std::string_view::npos; });
}

std::string text_without_backtrace(const std::exception& error) {
  const auto* const of_torch = dynamic_cast<const c10::Error*>(&error);
  return of_torch != nullptr ? of_torch->what_without_backtrace() : error.what();
}

RanOutWhile::RanOutWhile(const std::string& doing, const std::string& reason) : doing_(doing), reason_(reason) {}

Problem out_of_memory_problem(const std::exception& error, const std::string& doing, const MemoryConfig& config) {
  const auto* const ran_out = dynamic_cast<const RanOutWhile*>(&error);
  return Problem{"memory",
                 "memory ran out while " + (ran_out != nullptr ? ran_out->doing() : doing) + " (" +
                     text_without_backtrace(error) + "); what may be used is bounded by " + memory_bound_text(config),
                 "more memory for this process: " + memory_remedy(config)};
}

std::int64_t more_parts(std::int64_t count, std::int64_t parts) {
  if (parts >= count) return 0;
  std::int64_t more = 2 * parts;
  while (count % more != 0) ++more;  // `count` single images at the latest
  return more;
}

std::string split_text(const BatchSplit& split) {
  return "step " + std::to_string(split.step) + ": memory ran out (" + split.reason +
         "). The step is made again, and from here on " + counted(split.images, "image") + " go in " +
         parts_text(split.images, split.parts) + " instead of " + parts_text(split.images, split.parts_before) +
         ": the same effective batch, but batch normalisation and OHEM's choice see a micro-batch. on_oom=fail stops "
         "instead";
}

StepResult run_step(TrainingStep& step, const BatchView& batch, double learning_rate, const OutOfMemoryPolicy& policy) {
  let_libraries_grow();  // by now networks and loaders are made
  FailedStep failed{.crop = std::to_string(batch.layout().height) + "x" + std::to_string(batch.layout().width),
                    .reason = {},
                    .images = {}};
  while (true) {
    try {
      return step.run(batch, learning_rate);
    } catch (const WeightsHalfChanged&) {
      throw;  // whatever it was that failed: there is nothing whole to try again from
    } catch (const std::exception& error) {
      if (!is_out_of_memory(error)) throw;
      failed.reason = text_without_backtrace(error);  // what the exception holds is to be free before the next try
    }
    release_free_memory(policy.device);
    const std::int64_t before = step.micro_batches(), parts = more_parts(batch.count(), before);
    failed.images.push_back(batch.count() / before);
    if (!policy.may_split || parts == 0) {
      if (!policy.trial.empty()) fail_trial(failed, policy);
      fail_step(batch.step(), failed, policy);
    }
    step.set_micro_batches(parts);
    if (policy.tell)
      policy.tell({.step = batch.step(),
                   .images = batch.count(),
                   .parts_before = before,
                   .parts = parts,
                   .reason = failed.reason});
  }
}

}  // namespace seg
