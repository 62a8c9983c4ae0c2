// SPDX-License-Identifier: Apache-2.0
#include "engine/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
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

DeviceChoice choose_device(std::string_view request, const GpuReport& seen) {
  const CudaReport cuda = cuda_report();
  const std::string gpus = names_of(seen.gpus);
  if (request == "cpu") return cpu("device=cpu");
  if (request == "auto") {
    DeviceChoice choice = cpu("auto: " + cuda.reason);
    if (!gpus.empty()) choice.notice = gpus + " will not be used: " + cuda.reason + ". Try: " + cuda.remedy;
    return choice;
  }
  const std::string named(request);
  if (!names_cuda(request)) fail("device", named + " is no device", "device=auto, device=cpu or device=cuda");
  fail("device",
       named + " cannot be had: " + cuda.reason +
           (gpus.empty() ? ", and the driver shows no GPU" : ", though the driver shows " + gpus),
       cuda.remedy);
}

void set_compute_threads(int threads) { at::set_num_threads(threads); }

int compute_threads() { return at::get_num_threads(); }

void set_deterministic(bool on) {
  at::globalContext().setDeterministicAlgorithms(on, /*warn_only=*/false);
  // Filling what at::empty() returns is for finding errors, and costs a pass over all memory.
  at::globalContext().setDeterministicFillUninitializedMemory(false);
}

std::string torch_cpu_capability() { return at::get_cpu_capability(); }

std::string torch_version() { return TORCH_VERSION; }

}  // namespace seg
