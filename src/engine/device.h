// SPDX-License-Identifier: Apache-2.0
// Where the network runs, and the process-wide switches of torch that a run sets once.
#pragma once
#include <c10/core/Device.h>

#include <string>
#include <string_view>

#include "base/gpu.h"

namespace seg {

struct DeviceChoice {
  c10::Device device = c10::Device(c10::kCPU);
  std::string name;      // "cpu (AMD EPYC …)"
  std::string reason;    // why this one, for the settings table
  std::string notice{};  // of a GPU that is there and is not used though nobody asked for that; else empty
};

// request: "auto", "cpu", "cuda" or "cuda:1". UserError (naming the key `device`) if it cannot be had.
DeviceChoice choose_device(std::string_view request, const GpuReport& seen = find_gpus());

// Compute threads of torch, for the calling thread's team; at least 1. Call before the first kernel.
void set_compute_threads(int threads);
int compute_threads();

// Bit-equal runs: refuses kernels whose order of sums is not fixed. (Every CPU kernel used here is deterministic for a
// given number of threads.)
void set_deterministic(bool on);

// The instructions that torch's own kernels use here: "AVX2", "AVX512".
std::string torch_cpu_capability();

// "2.13.0", for `segtrain info` and the settings table.
std::string torch_version();

}  // namespace seg
