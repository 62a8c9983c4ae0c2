// SPDX-License-Identifier: Apache-2.0
// Measures every CPU kernel of our own beside the composite of ATen's operations, on the layers of the user's own
// network at the crop and batch of its config: as a step runs it, forward and backward, and as evaluation does, forward
// only.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>

#include "config/config.h"
#include "telemetry/console.h"

namespace seg {

// Members as in the contract, and what is needed to compare with others. Layers alike are measured once. All that a
// pair gives is compared before it is timed: std::runtime_error if the two disagree. `rounds` of both by turns;
// medians.
nlohmann::json bench_kernels(const Config& config, std::int64_t rounds, Console& console);

}  // namespace seg
