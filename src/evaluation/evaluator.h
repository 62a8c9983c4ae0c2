// SPDX-License-Identifier: Apache-2.0
// Evaluates a network on a data set: every image once, its prediction compared with its label at the label's size.
//
// Images of one size that follow each other are predicted together. Not thread-safe: one thread calls torch; the images
// are decoded ahead by workers of their own.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "evaluation/protocol.h"
#include "loader/reader_source.h"
#include "metrics/boundary_scores.h"
#include "metrics/confusion_matrix.h"
#include "metrics/image_scores.h"

namespace seg {

struct EvaluatorOptions {
  std::int64_t num_classes = 19;
  std::int64_t ignore_label = 255;
  std::int64_t images_per_batch = 2;
  int num_workers = 1;
  AbsentClass absent_class = AbsentClass::leave_out;
  std::optional<BoundaryOptions> boundary = {};  // none: boundaries are not measured
};

struct BoundaryResult {
  BoundaryOptions options;
  BoundaryCounts counts;
};

struct ProtocolResult {
  std::string protocol;
  ConfusionMatrix matrix;
  std::int64_t images = 0;
  double seconds = 0;
  AbsentClass absent_class = AbsentClass::leave_out;  // how its metrics are calculated
  bool is_complete = true;  // false: the progress asked to stop; what was counted is of no use
  std::optional<BoundaryResult> boundary = {};
};

Metrics metrics_of(const ProtocolResult& result);

// Called after each batch with the number of images done; returns whether to go on.
using EvaluationProgress = std::function<bool(std::int64_t images)>;

// Called for each image in order, with its number in the data set and its own counts; theirs add up to the result's.
using ImageObserver = std::function<void(std::size_t index, const ImageCounts& counts)>;

ProtocolResult evaluate(const ReaderSource& source, Protocol& protocol, const EvaluatorOptions& options,
                        const EvaluationProgress& progress = {}, const ImageObserver& observer = {});

}  // namespace seg
