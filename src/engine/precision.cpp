// SPDX-License-Identifier: Apache-2.0
#include "engine/precision.h"

#include "base/error.h"

namespace seg {
namespace {

PrecisionChoice fp32(std::string reason) { return {c10::kFloat, "fp32", std::move(reason)}; }
PrecisionChoice bf16(std::string reason) { return {c10::kBFloat16, "bf16", std::move(reason)}; }

}  // namespace

PrecisionChoice choose_precision(const PrecisionRequest& request, c10::Device device, const CpuFeatures& features) {
  if (!request.precision) {
    if (!request.use_fp16) return fp32("use_fp16 = false");
    if (features.bf16) return bf16("this processor computes in bf16");
    return fp32("this processor has no bf16 of its own, which would make it slower than fp32");
  }
  const std::string reason = "precision = \"" + *request.precision + "\"";
  if (*request.precision == "fp32") return fp32(reason);
  if (*request.precision == "bf16") {
    return bf16(features.bf16 ? reason : reason + "; this processor has no bf16 of its own: expect it to be slow");
  }
  if (*request.precision == "fp16")
    fail("precision", "fp16 on " + device.str() + " has no fast convolutions: a step takes about 30 times as long",
         "precision=bf16 or precision=fp32");
  fail("precision", "\"" + *request.precision + "\" is no number type of this program",
       "precision=fp32, precision=bf16 or leave the key out");
}

}  // namespace seg
