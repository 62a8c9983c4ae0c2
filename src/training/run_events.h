// SPDX-License-Identifier: Apache-2.0
// What a run tells TensorBoard: the numbers of metrics.jsonl as scalars, and pictures.
//
// Tags: loss, losses/NAME, lr, lr_groups/N, gradient_norm, images_per_second, skipped, phases/NAME (shares of the
// time); in fp16 loss_scale and skipped_steps; eval/PROTOCOL/METRIC and eval/PROTOCOL/iou/CLASS; the pictures
// train_batch, eval/predictions, eval/worst_predictions and eval/PROTOCOL/confusion_matrix. Each part of a run has a
// file of its own, made by its first event. Not thread-safe. Errors are UserErrors.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evaluation/evaluator.h"
#include "image/image.h"
#include "telemetry/event_file.h"
#include "training/run_folder.h"
#include "training/run_log.h"

namespace seg {

class RunEvents {
 public:
  // Off: nothing is written. The folder outlives it.
  RunEvents(const RunFolder& folder, bool is_on) : folder_(folder), is_on_(is_on) {}

  bool is_on() const noexcept { return is_on_; }
  void step(const StepReport& report);
  void evaluation(std::int64_t step, const std::vector<ProtocolResult>& results,
                  const std::vector<std::string>& class_names);
  void picture(std::int64_t step, const std::string& tag, std::span<const std::byte> png);
  void picture(std::int64_t step, const std::string& tag, const Image& image);  // made smaller if it is large

  // Before a run goes on after `step`: removes what comes later, and on request the evaluation of that step.
  static void cut(const RunFolder& folder, std::int64_t step, bool with_evaluation);

 private:
  EventFile& file();

  const RunFolder& folder_;
  bool is_on_;
  std::optional<EventFile> file_;
};

}  // namespace seg
