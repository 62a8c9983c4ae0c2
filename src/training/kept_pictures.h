// SPDX-License-Identifier: Apache-2.0
// Pictures of what a run's network predicts, kept beside its records: predictions.png of the first validation images,
// and worst_predictions.png of those that it predicted worst, each replaced by the next evaluation's.
//
// They are made small enough for a page, and TensorBoard gets the same. UserError if a file cannot be written.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>

#include "image/color.h"
#include "metrics/image_scores.h"
#include "training/run_events.h"
#include "training/run_folder.h"
#include "training/validation.h"

namespace seg {

// After a whole evaluation, which was made at that step.
void keep_pictures(Validation& validation, std::span<const Rgb> palette, std::int64_t step, const RunFolder& folder,
                   RunEvents& events);

// [{"image", "miou"}, ...], as a line about an evaluation has them.
nlohmann::ordered_json to_json(std::span<const ImageScore> worst);

}  // namespace seg
