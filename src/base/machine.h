// SPDX-License-Identifier: Apache-2.0
// What this process may use of the machine: processors (affinity and the cgroup's quota) and memory (cgroup and free).
#pragma once
#include <cstdint>
#include <string>

namespace seg {

struct CpuFeatures { bool avx2 = false, avx512 = false, bf16 = false; };  // bf16: avx512_bf16 or amx_bf16

int usable_processors();             // at least 1
std::int64_t usable_memory_bytes();  // what may still be allocated: free memory, bounded by the cgroup's limit
std::int64_t resident_bytes();       // of this process, now
std::int64_t peak_resident_bytes();
std::int64_t minor_page_faults();    // of this process, so far
CpuFeatures cpu_features();
std::string cpu_name();
std::string host_name();

}  // namespace seg
