// SPDX-License-Identifier: Apache-2.0
// Evaluation of the network that is being trained, on its validation data, and the account of what that costs.
//
// Reads the parameters and running statistics and changes nothing: training goes on as if it had not been. Where memory
// runs out it is a UserError, and OutOfMemory if that was with a single image.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/log.h"
#include "config/config.h"
#include "engine/network.h"
#include "engine/parameter_store.h"
#include "evaluation/evaluator.h"
#include "evaluation/protocol.h"
#include "image/color.h"
#include "image/image.h"
#include "loader/reader_source.h"
#include "metrics/image_scores.h"
#include "training/settings.h"

namespace seg {

// Of the run's time, for automatic evaluations.
inline constexpr double kLargestEvaluationShare = 0.05;

class Validation {
 public:
  // The data set, the parameters and the log outlive it.
  Validation(const Config& config, const RunSettings& settings, const ReaderSource& source, ParameterStore& parameters,
             Log& log);

  std::int64_t num_images() const { return static_cast<std::int64_t>(source_.size()); }
  // Each image once by each protocol: what the progress is told of.
  std::int64_t images_to_see() const;
  // Whether it ran to its end; false if the progress asked to stop. The observer sees the first protocol's counts.
  bool run(const EvaluationProgress& progress = {}, const ImageObserver& observer = {});
  const std::vector<ProtocolResult>& results() const { return results_; }  // one a protocol, of the last whole run
  double last_seconds() const { return last_seconds_; }
  Protocol& first_protocol() { return *protocols_.front(); }

  // Runs some images by each protocol and forgets the result; returns how many, which is fewer only if there are no
  // more or if `may_go_on`, asked after each batch, says so.
  std::int64_t rehearse(std::int64_t images, const std::function<bool()>& may_go_on);

  // Of the last whole run, by the first protocol, a few images that it predicted worst, the worst first.
  const std::vector<ImageScore>& worst() const { return worst_; }
  // Image, label and prediction, by the first protocol, of these images, no side of them longer than `longest`.
  Image picture(std::span<const Rgb> palette, std::span<const std::size_t> images, std::int64_t longest);

  // Whether another evaluation keeps the time for evaluations below 5 % of the run's. What the first one will take is
  // estimated from the pixels a second that training takes in.
  struct Spent {
    double run_seconds = 0, evaluation_seconds = 0;
    double training_pixels_per_second = 0;
  };
  bool fits_into_its_share(const Spent& spent) const;

 private:
  ProtocolResult evaluate_in_memory(Protocol& protocol, const EvaluatorOptions& options,
                                    const EvaluationProgress& progress, const ImageObserver& observer = {}) const;

  const ReaderSource source_;
  const MemoryConfig memory_;
  EvaluatorOptions options_;
  Network network_;
  std::vector<std::unique_ptr<Protocol>> protocols_;
  std::vector<ProtocolResult> results_;
  std::vector<ImageScore> worst_;
  double last_seconds_ = 0;
};

}  // namespace seg
