// SPDX-License-Identifier: Apache-2.0
#include "engine/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/version.h>

#include "base/error.h"
#include "base/machine.h"
#include "engine/cuda.h"

namespace seg {
namespace {

DeviceChoice cpu(std::string reason) {
  return {.device = c10::Device(c10::kCPU), .name = "cpu (" + cpu_name() + ")", .reason = std::move(reason)};
}

bool names_cuda(std::string_view request) { return request == "cuda" || request.substr(0, 5) == "cuda:"; }

}  // namespace

DeviceChoice choose_device(std::string_view request) {
  const CudaReport cuda = cuda_report();
  if (request == "cpu") return cpu("device=cpu");
  if (request == "auto") return cpu("auto: " + cuda.reason);
  const std::string named(request);
  if (!names_cuda(request)) fail("device", named + " is no device", "device=auto, device=cpu or device=cuda");
  fail("device", named + " cannot be had: " + cuda.reason, "device=auto or device=cpu");
}

void set_compute_threads(int threads) { at::set_num_threads(threads); }

int compute_threads() { return at::get_num_threads(); }

void set_deterministic(bool on) {
  at::globalContext().setDeterministicAlgorithms(on, /*warn_only=*/false);
  // Filling what at::empty() returns is for finding errors, and costs a pass over all memory.
  at::globalContext().setDeterministicFillUninitializedMemory(false);
}

std::string torch_version() { return TORCH_VERSION; }

}  // namespace seg
