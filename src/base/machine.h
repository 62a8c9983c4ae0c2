// SPDX-License-Identifier: Apache-2.0
// What this process may use of the machine: processors (affinity and the cgroup's quota) and memory (what is free, the
// cgroup's limit, `ulimit -v`).
#pragma once
#include <cstdint>
#include <optional>
#include <string>

namespace seg {

struct CpuFeatures {
  bool avx2 = false;    // with fma
  bool avx512 = false;  // f, bw, dq and vl
  bool bf16 = false;    // dot products: avx512_bf16, amx_bf16, or those of Arm
  bool avx512_bf16 = false;
  bool amx_bf16 = false;  // of whole matrices
};

int usable_processors();            // at least 1
int online_processors();            // of the machine, whether this process may use them or not
std::int64_t total_memory_bytes();  // of the machine
// What is left of the address space that `ulimit -v` allows this process; nothing if it is not limited.
std::optional<std::int64_t> address_space_left();

enum class MemoryBound { machine, control_group, address_space };
struct UsableMemory {
  std::int64_t bytes = 0;
  MemoryBound bound = MemoryBound::machine;  // what there is least of
};
UsableMemory usable_memory();        // what may still be allocated
std::int64_t usable_memory_bytes();  // the same without its reason
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
