// SPDX-License-Identifier: Apache-2.0
#include "engine/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/version.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "base/counted.h"
#include "base/error.h"
#include "base/machine.h"

namespace seg {
namespace {

DeviceChoice cpu(std::string reason) {
  return {.device = c10::Device(c10::kCPU), .name = "cpu (" + cpu_name() + ")", .reason = std::move(reason)};
}

DeviceChoice gpu(const CudaReport& cuda, std::size_t number, std::string reason) {
  return {.device = c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(number)),
          .name = "cuda:" + std::to_string(number) + " (" + cuda.gpus[number].name + ")",
          .reason = std::move(reason)};
}

// The number in "cuda" or "cuda:1"; none if that is not what it says.
std::optional<std::size_t> cuda_number(std::string_view request) {
  constexpr std::string_view kCuda = "cuda";
  if (!request.starts_with(kCuda)) return std::nullopt;
  if (request == kCuda) return 0;
  std::size_t number = 0;
  const char* const end = request.data() + request.size();
  const auto parsed = std::from_chars(std::min(request.data() + kCuda.size() + 1, end), end, number);
  const bool is_number = request[kCuda.size()] == ':' && parsed.ec == std::errc() && parsed.ptr == end;
  return is_number ? std::optional(number) : std::nullopt;
}

}  // namespace

DeviceChoice choose_device(std::string_view request, const GpuReport& seen, const CudaReport& cuda) {
  const std::string gpus = names_of(seen.gpus), named(request);
  if (request == "cpu") return cpu("device=cpu");
  if (request == "auto" && !cuda.gpus.empty()) return gpu(cuda, 0, "auto: this build and this machine have it");
  if (request == "auto") {
    DeviceChoice choice = cpu("auto: " + cuda.reason);
    if (!gpus.empty()) choice.notice = gpus + " will not be used: " + cuda.reason + ". Try: " + cuda.remedy;
    return choice;
  }
  const std::optional<std::size_t> number = cuda_number(request);
  if (!number) fail("device", named + " is no device", "device=auto, device=cpu or device=cuda");
  if (*number < cuda.gpus.size()) return gpu(cuda, *number, "device=" + named);
  if (!cuda.gpus.empty())
    fail("device", named + " cannot be had: there are " + counted(static_cast<std::int64_t>(cuda.gpus.size()), "GPU"),
         "device=cuda");
  fail("device",
       named + " cannot be had: " + cuda.reason +
           (gpus.empty() ? ", and the driver shows no GPU" : ", though the driver shows " + gpus),
       cuda.remedy);
}

bool computes_bf16(c10::Device device) {
  if (device.is_cpu()) return cpu_features().bf16;
  const CudaReport cuda = cuda_report();
  const auto number = static_cast<std::size_t>(device.index());
  return number < cuda.gpus.size() && cuda.gpus[number].computes_bf16;
}

BufferSource& batch_memory(c10::Device device, bool is_pinned) {
  return device.is_cuda() && is_pinned ? pinned_memory(device) : host_memory();
}

void wait_for(c10::Device device) {
  if (device.is_cuda()) wait_for_cuda(device);
}

void set_compute_threads(int threads) { at::set_num_threads(threads); }

int compute_threads() { return at::get_num_threads(); }

void set_switches(const TorchSwitches& switches) {
  at::Context& context = at::globalContext();
  context.setDeterministicAlgorithms(switches.deterministic, /*warn_only=*/false);
  // Filling what at::empty() returns is for finding errors, and costs a pass over all memory.
  context.setDeterministicFillUninitializedMemory(false);
  // cuBLAS is deterministic with fixed workspaces only, and says so by this variable when its first handle is made.
  if (switches.deterministic) (void)::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  context.setDeterministicCuDNN(switches.deterministic || switches.cudnn_deterministic);
  context.setBenchmarkCuDNN(switches.cudnn_benchmark && !switches.deterministic);
  const auto precision = switches.allow_tf32 ? at::Float32Precision::TF32 : at::Float32Precision::IEEE;
  for (const at::Float32Op op : {at::Float32Op::CONV, at::Float32Op::MATMUL})
    context.setFloat32Precision(at::Float32Backend::CUDA, op, precision);
}

std::string torch_cpu_capability() { return at::get_cpu_capability(); }

std::string torch_version() { return TORCH_VERSION; }

}  // namespace seg
