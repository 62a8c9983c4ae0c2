// SPDX-License-Identifier: Apache-2.0
// Which number type the network computes in. Parameters, statistics, losses and the optimizer are always fp32.
#pragma once
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <optional>
#include <string>

namespace seg {

struct CpuFeatures;     // base/machine.h
struct PassConditions;  // graph/pass_catalogue.h

struct PrecisionRequest {
  std::optional<std::string> precision{};  // "fp32", "bf16", "fp16"; nothing: auto
  bool use_fp16 = true;                    // what auto means: the best half precision of the device
};

struct PrecisionChoice {
  c10::ScalarType compute = c10::kFloat;
  std::string name;    // "fp32", "bf16", "fp16"
  std::string reason;  // for the settings table
};

// has_bf16: computes_bf16() of the device (engine/device.h). UserError (naming the key) for a type that the device or
// this build cannot honour.
PrecisionChoice choose_precision(const PrecisionRequest& request, c10::Device device, bool has_bf16);

// What choose_passes() has to know of these.
PassConditions pass_conditions(c10::Device device, c10::ScalarType compute, const CpuFeatures& features);

}  // namespace seg
