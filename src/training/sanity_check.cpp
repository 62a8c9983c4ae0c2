// SPDX-License-Identifier: Apache-2.0
#include "training/sanity_check.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "base/counted.h"
#include "base/signals.h"
#include "base/text.h"
#include "training/checkpoint.h"
#include "training/step_trial.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

// Named as an unfinished file, so that the next run takes it away should this process be killed now.
constexpr const char* kFileName = "sanity_check.partial-0-0";

// Steps that are timed after a first one, and after how long it is enough.
constexpr std::int64_t kStepsRehearsed = 3;
constexpr double kSecondsForSteps = 4;

// How much faster and slower a run may be than its rehearsal.
constexpr double kLuck = 0.85, kBadLuck = 1.25;

double seconds_of_evaluation(const Rehearsal& result, std::int64_t images) {
  return result.evaluation_seconds * static_cast<double>(images) /
         static_cast<double>(std::max<std::int64_t>(result.images, 1));
}

// Removes the file on every way out.
class RemovedFile {
 public:
  explicit RemovedFile(fs::path path) : path_(std::move(path)) {}
  ~RemovedFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  RemovedFile(const RemovedFile&) = delete;
  RemovedFile& operator=(const RemovedFile&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

void rehearse_steps(const Config& config, const RunSettings& settings, const Dataset& train, Log& log,
                    Rehearsal& result) {
  // Told as they are made: where the last of them does not help either, nothing comes back from here.
  StepTrial trial(config, settings, "the rehearsal", nullptr, [&](const BatchSplit& split) {
    log.warning("in the rehearsal of " + split_text(split));
    result.splits.push_back(split);
  });
  Loader loader = while_doing("making room for batches", [&] {
    return Loader(train, loader_options(config, train, settings),
                  batch_memory(settings.device.device, config.loader.pin_memory), log);
  });
  loader.start(1);
  const double begin = seconds_now();
  for (std::int64_t step = 0; step <= kStepsRehearsed && !stop_requested(); ++step) {
    const double start = seconds_now();
    const HostBatch batch = while_doing("loading a batch", [&] { return loader.next(); });
    trial.run(batch, 0);
    const double seconds = seconds_now() - start;
    const bool was_long = seconds_now() - begin > kSecondsForSteps;
    // The first one touches memory that is fresh, and finds a loader that has not begun.
    if (step > 0 || was_long) result.step_seconds.push_back(seconds);
    if (was_long) break;
  }
  const LoaderStatistics made = loader.statistics();
  double busy = 0;
  for (const double seconds : made.worker_seconds) busy += seconds;
  const double samples = static_cast<double>(std::max<std::int64_t>(made.samples, 1));
  result.loading_seconds = busy / samples * static_cast<double>(settings.samples_per_step) /
                           static_cast<double>(std::max(settings.shares.num_workers, 1));
}

void rehearse_evaluation(Validation& validation, Rehearsal& result) {
  const double start = seconds_now();
  result.images = validation.rehearse(kImagesRehearsed, [] { return !stop_requested(); });
  result.evaluation_seconds = seconds_now() - start;
}

void rehearse_checkpoint(const RunFolder& folder, const std::function<void(const fs::path&)>& save, Rehearsal& result) {
  const double start = seconds_now();
  const RemovedFile file(folder.path() / kFileName);
  save(file.path());
  (void)read_run_state(file.path());  // and its checksum
  result.checkpoint_bytes = static_cast<std::int64_t>(fs::file_size(file.path()));
  result.checkpoint_seconds = seconds_now() - start;
}

SecondsRange expected_seconds(const Rehearsal& result, const RunLength& length) {
  if (result.step_seconds.empty()) return {};
  const auto [fastest, slowest] = std::ranges::minmax(result.step_seconds);
  const auto steps = static_cast<double>(length.steps);
  // Workers load while others compute: the longer of the two is what a step takes.
  const SecondsRange training{.low = steps * std::max(fastest, result.loading_seconds) * kLuck,
                              .high = steps * std::max(slowest, result.loading_seconds) * kBadLuck};
  const double evaluation = seconds_of_evaluation(result, length.images);
  const double usual = static_cast<double>(length.evaluations) * evaluation;
  const double others =
      length.evaluations_are_auto ? std::min(usual, evaluation + kLargestEvaluationShare * training.high) : usual;
  return {.low = training.low + kLuck * evaluation, .high = training.high + kBadLuck * others};
}

std::string rehearsal_text(const Rehearsal& result, const RunLength& length) {
  std::string text = "rehearsed: " + counted(result.images, "image") + " evaluated in " +
                     duration_text(result.evaluation_seconds) + " (all " + std::to_string(length.images) + ": about " +
                     duration_text(seconds_of_evaluation(result, length.images)) + "), a checkpoint of " +
                     bytes_text(result.checkpoint_bytes) + " written and read back in " +
                     duration_text(result.checkpoint_seconds);
  if (result.step_seconds.empty()) return text;
  const SecondsRange expected = expected_seconds(result, length);
  return text + ", a step in " + duration_text(result.step_seconds.back()) + "; " + counted(length.steps, "step") +
         " will take between " + duration_text(expected.low) + " and " + duration_text(expected.high);
}

}  // namespace seg
