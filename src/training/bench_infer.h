// SPDX-License-Identifier: Apache-2.0
// Measures inference alone: from whole-number images in memory to a class for each of their pixels.
//
// Checked before it is timed: that the network as passes made it says what it says without them, in fp32. Memory is
// measured before that other network is made. Torch's threads and switches are as they are.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/device.h"
#include "engine/parameter_store.h"
#include "engine/precision.h"
#include "graph/pass_catalogue.h"
#include "telemetry/console.h"
#include "training/bench.h"
#include "training/model_card.h"

namespace seg {

struct InferenceBench {
  ModelCard card;
  DeviceChoice device;
  PrecisionChoice precision;
  PassRequest passes{};
  std::int64_t images = 1, height = 512, width = 1024;
  std::string size_from = "--size";  // is named if the network cannot divide these sides
};

// The parameters are those of the card's network. Members as in the contract, and what is needed to compare with
// others. std::runtime_error if the passes change what the network says by more than rounding explains.
nlohmann::json bench_infer(const InferenceBench& bench, ParameterStore& parameters, const BenchLength& length,
                           Console& console);

}  // namespace seg
