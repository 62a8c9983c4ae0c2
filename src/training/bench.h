// SPDX-License-Identifier: Apache-2.0
// Measures one part of training alone, on the user's own config: the loader, or the step.
//
// Each first checks what it times: that the same step twice gives the same loss, that the same batch twice is the same.
#pragma once
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "config/config.h"
#include "engine/device.h"
#include "engine/precision.h"
#include "loader/loader.h"
#include "loader/sample_cache.h"
#include "telemetry/console.h"

namespace seg {

struct Spread {
  double median = 0, p10 = 0, p90 = 0;
};
Spread spread_of(std::vector<double> values);  // of at least one value; nearest ranks
nlohmann::json to_json(const Spread& spread);

// Epochs of a benchmark, whose images are used again and again.
inline constexpr double kWithoutEnd = std::numeric_limits<double>::infinity();

struct BenchLength {
  std::int64_t warmup = 3;  // steps that are not counted
  std::int64_t steps = 10;
  double seconds = 0;  // of loader and run: counts on until this much time has passed
};

// What everybody who compares figures needs to know of the machine.
nlohmann::json machine_record(const DeviceChoice& device, const PrecisionChoice& precision, int threads);

// On the batch of step 1, again and again. Members as in the contract, and what is needed to compare with others.
nlohmann::json bench_step(const Config& config, const BenchLength& length, Console& console);

// Batches from step 1 on, with nobody computing beside; where decoded images are kept, a whole epoch comes before what
// is counted. `count_allocations` tells how many there were so far.
nlohmann::json bench_loader(const Config& config, const BenchLength& length,
                            std::int64_t (*count_allocations)() noexcept, Console& console);

}  // namespace seg
