// SPDX-License-Identifier: Apache-2.0
// Measures evaluation: the protocols of a config one by one, by its own rules and by those of the reference.
//
// Whole passes over the validation data, reading and decoding included. The confusion matrix of each is told, so that
// whoever compares speeds can compare results first. Torch's threads and switches are as they are.
#pragma once
#include <nlohmann/json.hpp>

#include "config/config.h"
#include "engine/parameter_store.h"
#include "loader/reader_source.h"
#include "telemetry/console.h"
#include "training/bench.h"
#include "training/settings.h"

namespace seg {

// The keys of preset=reference that say how an image is evaluated; boundaries, of which it knows nothing, are not
// measured.
EvaluationConfig reference_rules(EvaluationConfig rules);

// length: passes that are counted (steps), and images before them (warmup).
nlohmann::json bench_eval(const Config& config, const RunSettings& settings, const ReaderSource& source,
                          ParameterStore& parameters, const BenchLength& length, Console& console);

}  // namespace seg
