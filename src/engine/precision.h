// SPDX-License-Identifier: Apache-2.0
// Which number type the network computes in. Parameters, statistics, losses and the optimizer are always fp32.
#pragma once
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <optional>
#include <string>

#include "base/machine.h"

namespace seg {

struct PrecisionRequest {
  std::optional<std::string> precision{};  // "fp32", "bf16", "fp16"; nothing: auto
  bool use_fp16 = true;                    // what auto means: the best half precision of the device
};

struct PrecisionChoice {
  c10::ScalarType compute = c10::kFloat;
  std::string name;    // "fp32", "bf16"
  std::string reason;  // for the settings table
};

// UserError (naming the key) for a type that this device or this build cannot honour.
PrecisionChoice choose_precision(const PrecisionRequest& request, c10::Device device, const CpuFeatures& features);

}  // namespace seg
