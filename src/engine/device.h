// SPDX-License-Identifier: Apache-2.0
// Where the network runs, and the process-wide switches of torch that a run sets once.
#pragma once
#include <c10/core/Device.h>

#include <string>
#include <string_view>

#include "base/buffer_source.h"
#include "base/gpu.h"
#include "engine/cuda.h"

namespace seg {

struct DeviceChoice {
  c10::Device device = c10::Device(c10::kCPU);
  std::string name;      // "cpu (AMD EPYC …)"
  std::string reason;    // why this one, for the settings table
  std::string notice{};  // of a GPU that is there and is not used though nobody asked for that; else empty
};

// request: "auto", "cpu", "cuda" or "cuda:1". UserError (naming the key `device`) if it cannot be had.
DeviceChoice choose_device(std::string_view request, const GpuReport& seen = find_gpus(),
                           const CudaReport& cuda = cuda_report());

// Whether it has arithmetic of its own for bf16, so that bf16 is faster than fp32.
bool computes_bf16(c10::Device device);

// Where batches wait for the device. Pinned memory is taken where there is a GPU to copy from it, and plain elsewhere.
BufferSource& batch_memory(c10::Device device, bool is_pinned);

// Returns when the device has done all that was queued; on a CPU that is always so.
void wait_for(c10::Device device);

// Compute threads of torch, for the calling thread's team; at least 1. Call before the first kernel.
void set_compute_threads(int threads);
int compute_threads();

// How torch computes, but for the device and the type. All but the first concern GPUs alone.
struct TorchSwitches {
  bool deterministic = false;        // bit-equal runs: kernels whose order of sums is not fixed are refused by torch
  bool cudnn_benchmark = true;       // algorithms by trial, for each new shape; not where runs shall be bit-equal
  bool cudnn_deterministic = false;  // implied by the first
  bool allow_tf32 = true;            // fp32 convolutions and products with the precision of TF32
};
// Of the process. Every CPU kernel used here is deterministic for a given number of threads anyway.
void set_switches(const TorchSwitches& switches);

// The instructions that torch's own kernels use here: "AVX2", "AVX512".
std::string torch_cpu_capability();

// "2.13.0", for `segtrain info` and the settings table.
std::string torch_version();

}  // namespace seg
