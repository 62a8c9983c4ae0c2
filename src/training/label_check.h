// SPDX-License-Identifier: Apache-2.0
// Looks at every label before the work begins, and shows how far it is.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "dataset/dataset.h"
#include "telemetry/console.h"

namespace seg {

// UserError with the problems of all data sets; what is only doubtful becomes warnings.
void check_labels(const std::vector<std::reference_wrapper<const Dataset>>& datasets, std::int64_t num_classes,
                  Console& console);

}  // namespace seg
