// SPDX-License-Identifier: Apache-2.0
#include "training/resume.h"

#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/machine.h"
#include "base/random.h"
#include "base/text.h"
#include "training/identity.h"

namespace seg {
namespace {

// Tells runs apart in metrics files that are put together.
std::string new_run_name(const RunFolder& folder) {
  const std::string source = host_name() + folder.path().string() + shortest(unix_time_now());
  return "run-" + padded(static_cast<std::int64_t>(hash_of(source.data(), source.size()) % 100'000'000), 8);
}

StartPoint fresh(const RunFolder& folder, const RunIdentity& identity) {
  StartPoint start;
  start.state.run = new_run_name(folder);
  start.state.identity = identity;
  return start;
}

[[noreturn]] void fail_other_run(const RunFolder& folder, const FoundCheckpoint& found,
                                 const std::vector<Difference>& differences) {
  std::vector<std::string> texts;
  for (const Difference& difference : differences)
    texts.push_back(difference.key + " was " + difference.before + ", now " + difference.now);
  fail(folder.path().string(),
       "holds another run, at step " + std::to_string(found.state.step) + ": " + joined(texts, "; "),
       "respth=… for a folder of its own; --resume never to move the old run aside; or --resume " +
           found.path.string() + " to go on from it with the new values");
}

// Other values may change on purpose; but the numbers of one network say nothing to another one.
void refuse_another_network(const std::filesystem::path& file, const RunIdentity& before, const RunIdentity& now) {
  for (const Difference& difference : differences(before, now))
    if (difference.key == "model_type")
      fail(file.string(), "is a checkpoint of model_type " + difference.before + ", the config says " + difference.now,
           "model_type=" + difference.before + " to go on; or a fresh start with finetune_from=" + file.string() +
               " to take over what fits");
}

// To begin anew would overwrite what may be days of work.
void refuse_damaged_run(const RunFolder& folder) {
  const auto checkpoints = folder.checkpoints();
  const bool has_weights = std::filesystem::exists(folder.final_weights());
  if (checkpoints.empty() && !has_weights) return;
  fail(folder.path().string(),
       "holds an earlier run that cannot go on: " +
           (checkpoints.empty() ? std::string("it has weights but no checkpoint")
                                : "no checkpoint is whole, the newest is " + checkpoints.front().string()),
       "respth=… for a folder of its own; or --resume never to move the old run aside");
}

// A config or weights of the user's, or of another program, that a run would write over.
void refuse_foreign_files(const RunFolder& folder) {
  const std::vector<std::filesystem::path> files = folder.foreign_files();
  if (files.empty()) return;
  std::vector<std::string> names;
  for (const std::filesystem::path& file : files) names.push_back(file.filename().string());
  fail(folder.path().string(), "holds no run, but what a run would write over: " + joined(names, ", "),
       "respth=… for a folder of its own; or give what is there other names");
}

}  // namespace

StartPoint find_start(const TrainRequest& request, const RunFolder& folder, const RunIdentity& identity, Log& log) {
  if (request.resume == Resume::never) return fresh(folder, identity);
  if (request.resume == Resume::from_file) {
    refuse_foreign_files(folder);
    StartPoint start{.state = read_run_state(request.resume_file), .checkpoint = request.resume_file};
    refuse_another_network(request.resume_file, start.state.identity, identity);
    const std::vector<Difference> different = differences(start.state.identity, identity);
    drop_what_no_longer_holds(start.state.values, different);
    // A metric on other data, or of other classes, is not one to beat.
    for (const Difference& difference : different)
      if (difference.key == kValidationData || difference.key == "n_cats") {
        start.state.best.reset();
        start.state.early_stop = {};
      }
    start.state.identity = identity;
    return start;
  }
  std::optional<FoundCheckpoint> found = folder.newest_valid_checkpoint(log);
  if (!found) {
    refuse_damaged_run(folder);
    refuse_foreign_files(folder);
    return fresh(folder, identity);  // a run that ended before its first checkpoint, if there was one at all
  }
  const std::vector<Difference> different = differences(found->state.identity, identity);
  if (!different.empty()) fail_other_run(folder, *found, different);
  return {.state = std::move(found->state), .checkpoint = std::move(found->path)};
}

void clear_the_way(const TrainRequest& request, const RunFolder& folder, const StartPoint& start, Log& log) {
  if (request.resume == Resume::never) {
    if (const auto aside = folder.move_old_run_aside()) log.info("moved the old run to " + aside->string());
  } else if (const auto aside = folder.move_later_files_aside(start.state.step)) {
    log.info("moved what an earlier part of the run left beyond step " + std::to_string(start.state.step) + " to " +
             aside->string());
  }
}

}  // namespace seg
