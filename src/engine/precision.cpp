// SPDX-License-Identifier: Apache-2.0
#include "engine/precision.h"

#include "base/error.h"
#include "base/machine.h"
#include "graph/pass_catalogue.h"

namespace seg {
namespace {

PrecisionChoice fp32(std::string reason) { return {c10::kFloat, "fp32", std::move(reason)}; }
PrecisionChoice bf16(std::string reason) { return {c10::kBFloat16, "bf16", std::move(reason)}; }
PrecisionChoice fp16(std::string reason) { return {c10::kHalf, "fp16", std::move(reason)}; }

}  // namespace

PrecisionChoice choose_precision(const PrecisionRequest& request, c10::Device device, bool has_bf16) {
  const std::string this_one = device.is_cpu() ? "this processor" : "this GPU";
  if (!request.precision) {
    if (!request.use_fp16) return fp32("use_fp16 = false");
    if (has_bf16) return bf16(this_one + " computes in bf16");
    if (device.is_cuda()) return fp16(this_one + " has no bf16 of its own, but fp16");
    return fp32(this_one + " has no bf16 of its own, which would make it slower than fp32");
  }
  const std::string reason = "precision = \"" + *request.precision + "\"";
  if (*request.precision == "fp32") return fp32(reason);
  if (*request.precision == "bf16")
    return bf16(has_bf16 ? reason : reason + "; " + this_one + " has no bf16 of its own: expect it to be slow");
  if (*request.precision == "fp16" && device.is_cuda()) return fp16(reason);
  if (*request.precision == "fp16")
    fail("precision", "fp16 on " + device.str() + " has no fast convolutions: a step takes about 30 times as long",
         "precision=bf16 or precision=fp32");
  fail("precision", "\"" + *request.precision + "\" is no number type of this program",
       "precision=fp32, precision=bf16 or leave the key out");
}

PassConditions pass_conditions(c10::Device device, c10::ScalarType compute, const CpuFeatures& features) {
  return {.is_cpu = device.is_cpu(),
          .is_half = compute != c10::kFloat,
          .has_bfloat16_vectors = features.avx512_bf16 && !features.amx_bf16};
}

}  // namespace seg
