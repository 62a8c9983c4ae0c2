// SPDX-License-Identifier: Apache-2.0
// What this process may use of the machine: processors (affinity and the cgroup's quota) and memory (cgroup and free).
#pragma once
#include <cstdint>
#include <string>

namespace seg {

struct CpuFeatures {
  bool avx2 = false;    // with fma
  bool avx512 = false;  // f, bw, dq and vl
  bool bf16 = false;    // dot products: avx512_bf16, amx_bf16, or those of Arm
  bool avx512_bf16 = false;
  bool amx_bf16 = false;  // of whole matrices
};

int usable_processors();             // at least 1
int online_processors();             // of the machine, whether this process may use them or not
std::int64_t total_memory_bytes();   // of the machine
std::int64_t usable_memory_bytes();  // what may still be allocated: free memory, bounded by the cgroup's limit
std::int64_t resident_bytes();       // of this process, now
std::int64_t peak_resident_bytes();
std::int64_t minor_page_faults();  // of this process, so far
CpuFeatures cpu_features();
std::string cpu_name();
std::string host_name();

}  // namespace seg
