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
// As far as ATEN_CPU_CAPABILITY allows: the variable by which torch's kernels are bounded ("avx2"; "default": neither
// AVX2 nor AVX-512) bounds all of this program's. A value that torch does not know bounds nothing.
CpuFeatures cpu_features();
// Does so for kernels that Highway chooses by instruction set. Of the process; call before the first.
void bound_vector_kernels();
std::string cpu_name();
std::string host_name();

}  // namespace seg
